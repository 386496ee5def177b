package simulator

import (
	"encoding/json"
	"net/http"
)

// Control serves what tests ask of the simulator itself, in plain HTTP beside the API.
func Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/calls", func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet:
			answerJSON(w, calls.copy())
		case http.MethodDelete:
			calls.reset()
		default:
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	})
	return mux
}

func answerJSON(w http.ResponseWriter, value interface{}) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}

package simulator

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sort"

	"github.com/vmware/govmomi/vim25/types"
)

// Control serves what tests ask of the simulator itself, in plain HTTP beside the API.
func Control(s *Service) http.Handler {
	expire = s.ExpireSessions
	mux := http.NewServeMux()
	on := func(path, method string, handle func(r *http.Request) (interface{}, error)) {
		mux.HandleFunc("/"+method+path, func(w http.ResponseWriter, r *http.Request) {
			answer, err := handle(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			if answer == nil {
				answer = struct{}{}
			}
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(answer)
		})
	}
	on("/calls", http.MethodGet, func(*http.Request) (interface{}, error) { return calls.copy(), nil })
	on("/calls", http.MethodDelete, func(*http.Request) (interface{}, error) {
		calls.reset()
		return nil, nil
	})
	on("/faults", http.MethodPost, func(r *http.Request) (interface{}, error) {
		world.Lock()
		defer world.Unlock()
		q := r.URL.Query()
		p, err := newPlan(q.Get("method"), q.Get("nth"), q.Get("times"), q.Get("kind"))
		if err == nil {
			faults.add(p)
		}
		return nil, err
	})
	on("/faults", http.MethodDelete, func(*http.Request) (interface{}, error) {
		faults.clear()
		return nil, nil
	})
	on("/expire", http.MethodPost, func(*http.Request) (interface{}, error) {
		s.ExpireSessions()
		return nil, nil
	})
	on("/machines", http.MethodGet, func(*http.Request) (interface{}, error) {
		world.Lock()
		defer world.Unlock()
		names := []string{}
		for _, entity := range Map.All("VirtualMachine") {
			names = append(names, entity.Entity().Name)
		}
		sort.Strings(names)
		return names, nil
	})
	on("/sessions", http.MethodGet, func(*http.Request) (interface{}, error) {
		sessionMutex.Lock()
		defer sessionMutex.Unlock()
		return len(s.sm.sessions), nil
	})
	on("/denied", http.MethodPut, func(r *http.Request) (interface{}, error) {
		deny(r.URL.Query()["privilege"])
		return nil, nil
	})
	on("/property", http.MethodPut, func(r *http.Request) (interface{}, error) {
		return nil, setProperty(r.URL.Query())
	})
	on("/uploads", http.MethodGet, func(*http.Request) (interface{}, error) {
		world.Lock()
		defer world.Unlock()
		return append([]upload{}, uploads...), nil
	})
	on("/guest", http.MethodPost, func(r *http.Request) (interface{}, error) {
		variables := make(map[string]string)
		if err := json.NewDecoder(r.Body).Decode(&variables); err != nil {
			return nil, err
		}
		return nil, withMachine(r, func(vm *VirtualMachine) {
			vm.guestSets(variables, r.URL.Query().Get("volatile") == "true")
		})
	})
	on("/guest/off", http.MethodPost, func(r *http.Request) (interface{}, error) {
		return nil, withMachine(r, func(vm *VirtualMachine) {
			ctx := &Context{Context: context.Background(), Map: Map, Session: internalContext.Session}
			_, _ = (&powerVMTask{vm, types.VirtualMachinePowerStatePoweredOff, ctx}).Run(nil)
		})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = "/" + r.Method + r.URL.Path
		mux.ServeHTTP(w, r)
	})
}

// guestSets sets variables from within the machine; volatile ones are gone when it is off.
func (vm *VirtualMachine) guestSets(variables map[string]string, volatile bool) {
	spec := new(types.VirtualMachineConfigSpec)
	var keys []string
	for key := range variables {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		spec.ExtraConfig = append(spec.ExtraConfig, &types.OptionValue{Key: key, Value: variables[key]})
		if volatile {
			vanishing[vm.Self] = append(vanishing[vm.Self], key)
		}
	}
	vm.applyExtraConfig(spec)
}

// vanishing are the variables that a guest has set and that go with its power.
var vanishing = make(map[types.ManagedObjectReference][]string)

// vanish takes away what the guest has set in its memory alone.
func (vm *VirtualMachine) vanish() {
	spec := new(types.VirtualMachineConfigSpec)
	for _, key := range vanishing[vm.Self] {
		spec.ExtraConfig = append(spec.ExtraConfig, &types.OptionValue{Key: key, Value: ""})
	}
	if len(spec.ExtraConfig) > 0 {
		delete(vanishing, vm.Self)
		vm.applyExtraConfig(spec)
	}
}

// withMachine finds the running machine that a request names, by name or by its reference's value.
func withMachine(r *http.Request, act func(vm *VirtualMachine)) error {
	world.Lock()
	defer world.Unlock()
	name := r.URL.Query().Get("vm")
	for _, entity := range Map.All("VirtualMachine") {
		vm := entity.(*VirtualMachine)
		if vm.Name != name && vm.Self.Value != name {
			continue
		}
		if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
			return fmt.Errorf("%s is %s", name, vm.Runtime.PowerState)
		}
		act(vm)
		return nil
	}
	return fmt.Errorf("there is no machine %q", name)
}

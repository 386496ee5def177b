package simulator

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

// plan is a fault that a test asks for: what happens at the nth call of a method and at so many calls in all.
type plan struct {
	method     string
	nth, times int
	kind       string // of kind:argument
	argument   string
	number     int
	seen       int
}

// faultPlans are the faults that are to come.
type faultPlans struct {
	sync.Mutex
	list []*plan
}

var faults faultPlans

// expire ends all sessions of the service that has a control server.
var expire func()

// newPlan reads what a test asks for.
func newPlan(method, nth, times, kind string) (*plan, error) {
	p := &plan{method: method, nth: 1, times: 1}
	if method == "" {
		return nil, fmt.Errorf("method is missing")
	}
	for _, count := range []struct {
		text string
		into *int
	}{{nth, &p.nth}, {times, &p.times}} {
		if count.text == "" {
			continue
		}
		n, err := strconv.Atoi(count.text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no count", count.text)
		}
		*count.into = n
	}
	p.kind = kind
	if colon := strings.IndexByte(kind, ':'); colon >= 0 {
		p.kind, p.argument = kind[:colon], kind[colon+1:]
	}
	file := strings.Contains(method, " ")
	switch p.kind {
	case "drop-before", "drop-after", "expire":
	case "fault", "task":
		if _, err := newFault(p.argument, types.ManagedObjectReference{}); err != nil {
			return nil, err
		}
		if file || p.kind == "task" && method != "*" && !strings.HasSuffix(method, vTaskSuffix) {
			return nil, fmt.Errorf("%s gives no %s", method, p.kind)
		}
	case "delay", "truncate", "status", "cut":
		n, err := strconv.Atoi(p.argument)
		if err != nil || n < 0 || p.kind == "status" && (n < 200 || n > 599) {
			return nil, fmt.Errorf("%q is no argument of %s", p.argument, p.kind)
		}
		if p.kind == "cut" && !file {
			return nil, fmt.Errorf("only uploads are cut, not %s", method)
		}
		p.number = n
	default:
		return nil, fmt.Errorf("there is no kind %q", kind)
	}
	return p, nil
}

func (f *faultPlans) add(p *plan) {
	f.Lock()
	defer f.Unlock()
	f.list = append(f.list, p)
}

func (f *faultPlans) clear() {
	f.Lock()
	defer f.Unlock()
	f.list = nil
}

// take counts a call and gives what is to happen to it.
func (f *faultPlans) take(name string) *plan {
	f.Lock()
	defer f.Unlock()
	var due *plan
	for _, p := range f.list {
		if !p.concerns(name) {
			continue
		}
		p.seen++
		if due == nil && p.seen >= p.nth && p.seen < p.nth+p.times {
			due = p
		}
	}
	return due
}

func (p *plan) concerns(name string) bool {
	if p.method != name && (p.method != "*" || strings.Contains(name, " ")) {
		return false
	}
	return p.kind != "task" || strings.HasSuffix(name, vTaskSuffix)
}

type planKey struct{}

// planned is the fault that the SOAP call of a request is to have.
func planned(r *http.Request) *plan {
	p, _ := r.Context().Value(planKey{}).(*plan)
	return p
}

// faulted executes a request as the plan for it says.
func faulted(name string, w http.ResponseWriter, r *http.Request, execute func(http.ResponseWriter, *http.Request)) {
	p := faults.take(name)
	if p == nil {
		execute(w, r)
		return
	}
	switch p.kind {
	case "drop-before":
		panic(http.ErrAbortHandler)
	case "status":
		w.WriteHeader(p.number)
	case "delay":
		select {
		case <-time.After(time.Duration(p.number) * time.Millisecond):
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
		execute(w, r)
	case "expire":
		expire()
		execute(w, r)
	case "drop-after":
		execute(&recorder{header: make(http.Header)}, r)
		panic(http.ErrAbortHandler)
	case "truncate":
		execute(&truncated{w, p.number}, r)
	case "cut":
		r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, int64(p.number)), broken{}))
		execute(w, r)
		panic(http.ErrAbortHandler)
	default:
		execute(w, r.WithContext(context.WithValue(r.Context(), planKey{}, p)))
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// truncated closes the connection after so many bytes of an answer's body.
type truncated struct {
	http.ResponseWriter
	left int
}

func (t *truncated) Write(bytes []byte) (int, error) {
	if len(bytes) <= t.left {
		t.left -= len(bytes)
		return t.ResponseWriter.Write(bytes)
	}
	_, _ = t.ResponseWriter.Write(bytes[:t.left])
	if flusher, ok := t.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
	panic(http.ErrAbortHandler)
}

// answer is what a plan answers a call with, which is not executed.
func (p *plan) answer(method *Method) soap.HasFault {
	fault, _ := newFault(p.argument, method.This)
	if p.kind == "fault" {
		return &serverFaultBody{Reason: Fault(faultText(fault), fault)}
	}
	id := strings.TrimSuffix(method.Name, vTaskSuffix)
	task := CreateTask(method.This, lcFirst(id), func(*Task) (types.AnyType, types.BaseMethodFault) {
		return nil, fault
	})
	return &taskBody{Res: &taskResponse{name: method.Name + "Response", task: task.Run()}}
}

// taskBody is the answer of any method that gives a task.
type taskBody struct {
	Res *taskResponse
}

func (*taskBody) Fault() *soap.Fault { return nil }

type taskResponse struct {
	name string
	task types.ManagedObjectReference
}

func (t *taskResponse) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	start.Name.Local = t.name
	return e.EncodeElement(struct {
		Returnval types.ManagedObjectReference `xml:"returnval"`
	}{t.task}, start)
}

// newFault makes a fault of a type of the API, about an object, with what a vCenter would fill in.
func newFault(name string, about types.ManagedObjectReference) (types.BaseMethodFault, error) {
	kind, ok := defaultMapType(name)
	if !ok {
		return nil, fmt.Errorf("the API has no type %q", name)
	}
	value := reflect.New(kind)
	fault, ok := value.Interface().(types.BaseMethodFault)
	if !ok {
		return nil, fmt.Errorf("%s is no fault", name)
	}
	fillFault(value.Elem(), about)
	return fault, nil
}

func fillFault(value reflect.Value, about types.ManagedObjectReference) {
	for i := 0; i < value.NumField(); i++ {
		field, name := value.Field(i), value.Type().Field(i).Name
		switch field.Interface().(type) {
		case types.ManagedObjectReference:
			ref := about
			if name == "Task" {
				ref = types.ManagedObjectReference{Type: "Task", Value: "task-0"}
			}
			field.Set(reflect.ValueOf(ref))
			continue
		case types.VirtualMachinePowerState:
			state := types.VirtualMachinePowerStatePoweredOff
			if vm, ok := Map.Get(about).(*VirtualMachine); ok {
				state = vm.Runtime.PowerState
			}
			field.Set(reflect.ValueOf(state))
			continue
		case time.Time:
			field.Set(reflect.ValueOf(time.Now()))
			continue
		case string:
			field.SetString(map[string]string{
				"File":        "[" + anyDatastore() + "] injected.vmdk",
				"Datastore":   anyDatastore(),
				"PrivilegeId": "VirtualMachine.Interact.PowerOn",
				"Property":    "injected",
			}[name])
			if field.Len() == 0 {
				field.SetString("injected")
			}
			continue
		}
		if field.Kind() == reflect.Struct {
			fillFault(field, about)
		}
	}
}

func anyDatastore() string {
	if ds, ok := Map.Any("Datastore").(*Datastore); ok {
		return ds.Name
	}
	return "datastore"
}

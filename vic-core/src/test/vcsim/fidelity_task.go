package simulator

import (
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// vCenter answers a call of a task before the task is done, most often before it has begun; vcsim does all of it first.

// TaskDelay is how long a task is queued before it runs, in the order of the calls.
var TaskDelay time.Duration

var (
	deferring bool // whether the next task to run is the one that a client called
	queue     = make(chan queued, 1<<16)
)

type queued struct {
	task *Task
	due  time.Time
}

func init() {
	go func() {
		for next := range queue {
			time.Sleep(time.Until(next.due))
			next.task.runLocked()
		}
	}()
}

// call is what every call of a client comes through, with the world locked.
func (s *Service) call(ctx *Context, method *Method) soap.HasFault {
	if ctx.req == nil { // our own, while the inventory is made
		return s.vendorCall(ctx, method)
	}
	if p := planned(ctx.req); p != nil {
		deferring = true
		defer func() { deferring = false }()
		return p.answer(method)
	}
	if ctx.Session != nil {
		if ref, missing := missingReference(ctx, method); missing {
			fault := &types.ManagedObjectNotFound{Obj: ref}
			return &serverFaultBody{Reason: Fault(faultText(fault), fault)}
		}
	}
	deferring = strings.HasSuffix(method.Name, vTaskSuffix)
	defer func() { deferring = false }()
	answer := s.vendorCall(ctx, method)
	if fault := answer.Fault(); fault != nil && fault.String == "" && fault.VimFault() != nil {
		fault.String = faultText(fault.VimFault())
	}
	feed.touch(method.This)
	return answer
}

// missingReference is the first argument that refers to an object that is not there: vCenter looks before it calls.
func missingReference(ctx *Context, method *Method) (types.ManagedObjectReference, bool) {
	switch method.This.Type {
	case "PropertyCollector", "PropertyFilter", "ViewManager", "ListView", "ContainerView":
		return types.ManagedObjectReference{}, false // those say it in their own ways
	}
	body := reflect.ValueOf(method.Body).Elem()
	for i := 0; i < body.NumField(); i++ {
		var refs []types.ManagedObjectReference
		switch argument := body.Field(i).Interface().(type) {
		case types.ManagedObjectReference:
			refs = append(refs, argument)
		case *types.ManagedObjectReference:
			if argument != nil {
				refs = append(refs, *argument)
			}
		case []types.ManagedObjectReference:
			refs = argument
		}
		for _, ref := range refs {
			if ref != method.This && ctx.Session.Get(ref) == nil {
				return ref, true
			}
		}
	}
	return types.ManagedObjectReference{}, false
}

// Run runs a task, or queues it if a client waits for the answer.
func (t *Task) Run() types.ManagedObjectReference {
	if entity, ok := Map.Get(*t.Info.Entity).(mo.Entity); ok && entity.Reference() != Map.content().RootFolder {
		t.Info.EntityName = entityName(entity)
	}
	if deferring {
		deferring = false
		queue <- queued{t, time.Now().Add(TaskDelay)}
		return t.Self
	}
	t.run()
	return t.Self
}

func (t *Task) runLocked() {
	world.Lock()
	defer world.Unlock()
	if t.Info.State != types.TaskInfoStateQueued {
		return // cancelled
	}
	defer func() {
		if failure := recover(); failure != nil {
			fmt.Fprintf(os.Stderr, "vic-vcsim: %s: %v\n%s", t.Info.DescriptionId, failure, debug.Stack())
			t.end(nil, &types.SystemError{Reason: fmt.Sprint(failure)})
		}
	}()
	t.run()
}

func (t *Task) run() {
	now := time.Now()
	Map.Update(t, []types.PropertyChange{
		{Name: "info.startTime", Val: now},
		{Name: "info.state", Val: types.TaskInfoStateRunning},
	})
	result, fault := t.Execute(t)
	t.end(result, fault)
	if t.Info.Entity != nil {
		feed.touch(*t.Info.Entity)
	}
}

func (t *Task) end(result types.AnyType, fault types.BaseMethodFault) {
	changes := []types.PropertyChange{{Name: "info.completeTime", Val: time.Now()}}
	if fault == nil {
		changes = append(changes,
			types.PropertyChange{Name: "info.result", Val: result},
			types.PropertyChange{Name: "info.state", Val: types.TaskInfoStateSuccess})
	} else {
		changes = append(changes,
			types.PropertyChange{Name: "info.error", Val: types.LocalizedMethodFault{
				Fault:            fault,
				LocalizedMessage: faultText(fault),
			}},
			types.PropertyChange{Name: "info.state", Val: types.TaskInfoStateError})
	}
	Map.Update(t, changes)
}

// CancelTask ends a task that is queued still.
func (t *Task) CancelTask(*types.CancelTask) soap.HasFault {
	if t.Info.State != types.TaskInfoStateQueued {
		return &methods.CancelTaskBody{Fault_: Fault("", new(types.InvalidState))}
	}
	t.end(nil, new(types.RequestCanceled))
	return &methods.CancelTaskBody{Res: new(types.CancelTaskResponse)}
}

// faultText is the message that a person reads: the fault's name in words, and what it is about.
func faultText(fault types.AnyType) string {
	value := reflect.ValueOf(fault)
	for value.Kind() == reflect.Ptr || value.Kind() == reflect.Interface {
		value = value.Elem()
	}
	var text strings.Builder
	for i, letter := range value.Type().Name() {
		if i > 0 && letter >= 'A' && letter <= 'Z' {
			text.WriteByte(' ')
			letter += 'a' - 'A'
		}
		text.WriteRune(letter)
	}
	for _, name := range []string{"File", "Name", "Property", "InvalidProperty", "Obj", "Object"} {
		if field := value.FieldByName(name); field.IsValid() {
			switch about := field.Interface().(type) {
			case string:
				if about != "" {
					return text.String() + ": " + about
				}
			case types.ManagedObjectReference:
				return text.String() + ": " + about.Value
			}
		}
	}
	return text.String()
}

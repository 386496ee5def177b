package simulator

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// What vCenter's PropertyCollector does and vcsim's does not: a collector's data versions count up, the version before
// the last one may be asked for again (its answer was lost), any other is InvalidCollectorVersion; a new filter's
// objects are reported at the next wait; an object that goes is a leave and never a fault; changes are told as what is
// different now from what was told last, whichever call made them; an answer holds so many objects, and says truncated
// where there are more; a waiting call ends with its client or its session.

// PageObjects is how many objects one answer holds where the caller does not say; 0 is all of them.
var PageObjects = 100

const coalesce = 5 * time.Millisecond // changes that come together are told together

// collectorWatch is what a PropertyCollector remembers of its client.
type collectorWatch struct {
	session string // its session's key
	filters []*PropertyFilter
	version int64
	last    *types.UpdateSet // what version was told by
	wake    chan struct{}    // closed as soon as there may be something to tell
	cancels int
	gone    bool
	pages   map[string][]types.ObjectContent
	tokens  int
}

// filterWatch is what a PropertyFilter has told.
type filterWatch struct {
	told     map[types.ManagedObjectReference]map[string]uint64 // fingerprints of properties
	order    []types.ManagedObjectReference                     // the objects of told, as they came
	walked   map[types.ManagedObjectReference]bool              // objects whose properties its traversal reads
	changed  map[types.ManagedObjectReference]bool
	reselect bool // the selection may have changed
	missing  bool // missing objects have been told
}

func (w *collectorWatch) rouse() {
	if w.wake != nil {
		close(w.wake)
	}
	w.wake = make(chan struct{})
}

func (f *PropertyFilter) forget() {
	f.watch = filterWatch{
		told:     make(map[types.ManagedObjectReference]map[string]uint64),
		walked:   make(map[types.ManagedObjectReference]bool),
		changed:  make(map[types.ManagedObjectReference]bool),
		reselect: true,
	}
}

func (pc *PropertyCollector) CreateFilter(ctx *Context, c *types.CreateFilter) soap.HasFault {
	filter := &PropertyFilter{pc: pc, refs: make(map[types.ManagedObjectReference]struct{})}
	filter.PartialUpdates = c.PartialUpdates
	filter.Spec = c.Spec
	filter.forget()
	found := newSelection(ctx)
	_, fault := found.of(c.Spec)
	kinds := make(map[string]bool)
	for _, ref := range found.refs {
		if kinds[ref.Type] || fault != nil {
			continue
		}
		if content, ok := filter.properties(ctx, ref); ok {
			kinds[ref.Type] = true
			fault = unknownProperty([]types.ObjectContent{content})
		}
	}
	if fault != nil {
		return &methods.CreateFilterBody{Fault_: Fault("", fault)}
	}
	pc.Filter = append(pc.Filter, ctx.Session.Put(filter).Reference())
	pc.watch.session = ctx.Session.Key
	pc.watch.filters = append(pc.watch.filters, filter)
	pc.watch.rouse()
	feed.add(pc)
	return &methods.CreateFilterBody{Res: &types.CreateFilterResponse{Returnval: filter.Self}}
}

func (f *PropertyFilter) DestroyPropertyFilter(ctx *Context, c *types.DestroyPropertyFilter) soap.HasFault {
	kept := f.pc.watch.filters[:0]
	for _, filter := range f.pc.watch.filters {
		if filter != f {
			kept = append(kept, filter)
		}
	}
	f.pc.watch.filters = kept
	return f.vendorDestroyPropertyFilter(ctx, c)
}

func (pc *PropertyCollector) DestroyPropertyCollector(ctx *Context, c *types.DestroyPropertyCollector) soap.HasFault {
	for _, filter := range append([]*PropertyFilter{}, pc.watch.filters...) {
		filter.DestroyPropertyFilter(ctx, &types.DestroyPropertyFilter{This: filter.Self})
	}
	pc.watch.gone = true
	pc.watch.rouse()
	feed.drop(pc)
	ctx.Session.Remove(c.This)
	return &methods.DestroyPropertyCollectorBody{Res: new(types.DestroyPropertyCollectorResponse)}
}

func (pc *PropertyCollector) CancelWaitForUpdates(r *types.CancelWaitForUpdates) soap.HasFault {
	pc.watch.cancels++
	pc.watch.rouse()
	return &methods.CancelWaitForUpdatesBody{Res: new(types.CancelWaitForUpdatesResponse)}
}

func (pc *PropertyCollector) WaitForUpdatesEx(ctx *Context, r *types.WaitForUpdatesEx) soap.HasFault {
	failed := func(fault types.BaseMethodFault) soap.HasFault {
		return &methods.WaitForUpdatesExBody{Fault_: Fault("", fault)}
	}
	answered := func(set *types.UpdateSet) soap.HasFault {
		return &methods.WaitForUpdatesExBody{Res: &types.WaitForUpdatesExResponse{Returnval: set}}
	}
	watch := &pc.watch
	budget := PageObjects
	var timeout <-chan time.Time
	once := false
	if o := r.Options; o != nil {
		if o.MaxWaitSeconds != nil {
			if *o.MaxWaitSeconds < 0 {
				return failed(&types.InvalidArgument{InvalidProperty: "options.maxWaitSeconds"})
			}
			once = *o.MaxWaitSeconds == 0
			timer := time.NewTimer(time.Duration(*o.MaxWaitSeconds) * time.Second)
			defer timer.Stop()
			timeout = timer.C
		}
		if o.MaxObjectUpdates > 0 {
			budget = int(o.MaxObjectUpdates)
		}
	}
	if r.Version == "" {
		for _, filter := range watch.filters {
			filter.forget()
		}
		watch.last = nil
	} else if r.Version != strconv.FormatInt(watch.version, 10) &&
		(watch.last == nil || r.Version != strconv.FormatInt(watch.version-1, 10)) {
		return failed(new(types.InvalidCollectorVersion))
	}
	asked := r.Version
	if asked == "" {
		asked = strconv.FormatInt(watch.version, 10)
	}
	cancels := watch.cancels
	var gone <-chan struct{}
	if ctx.req != nil {
		gone = ctx.req.Context().Done()
	}
	for {
		if asked != strconv.FormatInt(watch.version, 10) {
			return answered(watch.last) // the client has not seen it, or another call of this client took it
		}
		set := pc.tell(ctx, budget)
		if len(set.FilterSet) > 0 {
			watch.version++
			set.Version = strconv.FormatInt(watch.version, 10)
			watch.last = set
			return answered(set)
		}
		if once {
			return answered(nil)
		}
		if watch.wake == nil {
			watch.wake = make(chan struct{})
		}
		wake := watch.wake
		expired := false
		world.Unlock()
		select {
		case <-wake:
			time.Sleep(coalesce)
		case <-timeout:
			expired = true
		case <-gone:
		}
		world.Lock()
		if ctx.req != nil && ctx.req.Context().Err() != nil {
			return answered(nil)
		}
		if _, active := ctx.svc.sm.getSession(ctx.Session.Key); !active {
			return failed(&types.NotAuthenticated{NoPermission: types.NoPermission{Object: r.This, PrivilegeId: "System.View"}})
		}
		if watch.cancels != cancels || watch.gone {
			return failed(new(types.RequestCanceled))
		}
		once = expired
	}
}

// tell gives what has changed since it was called last, in so many objects at most.
func (pc *PropertyCollector) tell(ctx *Context, budget int) *types.UpdateSet {
	set := new(types.UpdateSet)
	if budget <= 0 {
		budget = int(^uint(0) >> 1)
	}
	for _, filter := range pc.watch.filters {
		update := types.PropertyFilterUpdate{Filter: filter.Self}
		more := filter.tell(ctx, &update, budget)
		budget -= len(update.ObjectSet)
		if len(update.ObjectSet) > 0 || len(update.MissingSet) > 0 {
			set.FilterSet = append(set.FilterSet, update)
		}
		if more {
			set.Truncated = types.NewBool(true)
			break
		}
	}
	return set
}

func (f *PropertyFilter) tell(ctx *Context, update *types.PropertyFilterUpdate, budget int) bool {
	watch := &f.watch
	full := func() bool { return len(update.ObjectSet) >= budget }
	if watch.reselect {
		found := newSelection(ctx)
		missing, _ := found.of(f.Spec)
		watch.walked = found.walked
		if !watch.missing {
			update.MissingSet = missing
			watch.missing = true
		}
		kept := watch.order[:0]
		for _, ref := range watch.order {
			if !found.has[ref] {
				delete(watch.told, ref)
				delete(watch.changed, ref)
				update.ObjectSet = append(update.ObjectSet, types.ObjectUpdate{Kind: types.ObjectUpdateKindLeave, Obj: ref})
			} else {
				kept = append(kept, ref)
			}
		}
		watch.order = kept
		for _, ref := range found.refs {
			if _, told := watch.told[ref]; told {
				continue
			}
			content, ok := f.properties(ctx, ref)
			if !ok {
				continue
			}
			if full() {
				return true
			}
			prints := make(map[string]uint64, len(content.PropSet))
			entered := types.ObjectUpdate{Kind: types.ObjectUpdateKindEnter, Obj: ref, MissingSet: content.MissingSet}
			for _, property := range content.PropSet {
				prints[property.Name] = fingerprint(property.Val)
				if property.Val != nil {
					entered.ChangeSet = append(entered.ChangeSet, assigned(property.Name, property.Val))
				}
			}
			watch.told[ref] = prints
			watch.order = append(watch.order, ref)
			delete(watch.changed, ref)
			update.ObjectSet = append(update.ObjectSet, entered)
		}
		watch.reselect = false
	}
	if len(watch.changed) == 0 {
		return false
	}
	for _, ref := range watch.order {
		if !watch.changed[ref] {
			continue
		}
		if full() {
			return true
		}
		delete(watch.changed, ref)
		content, ok := f.properties(ctx, ref)
		if !ok {
			continue
		}
		modified := types.ObjectUpdate{Kind: types.ObjectUpdateKindModify, Obj: ref}
		prints := watch.told[ref]
		now := make(map[string]bool, len(content.PropSet))
		for _, property := range content.PropSet {
			now[property.Name] = true
			print := fingerprint(property.Val)
			if before, was := prints[property.Name]; !was || before != print {
				prints[property.Name] = print
				modified.ChangeSet = append(modified.ChangeSet, assigned(property.Name, property.Val))
			}
		}
		for name := range prints {
			if !now[name] { // of all properties, one that is unset now
				delete(prints, name)
				modified.ChangeSet = append(modified.ChangeSet, assigned(name, nil))
			}
		}
		if len(modified.ChangeSet) > 0 {
			update.ObjectSet = append(update.ObjectSet, modified)
		}
	}
	return false
}

func assigned(name string, value types.AnyType) types.PropertyChange {
	return types.PropertyChange{Op: types.PropertyChangeOpAssign, Name: name, Val: value}
}

// properties are those of an object that the filter asks for; none where the object is gone or not of its types.
func (f *PropertyFilter) properties(ctx *Context, ref types.ManagedObjectReference) (types.ObjectContent, bool) {
	result := &retrieveResult{
		RetrieveResult: new(types.RetrieveResult),
		req:            &types.RetrievePropertiesEx{SpecSet: []types.PropertyFilterSpec{f.Spec}},
		collected:      make(map[types.ManagedObjectReference]bool),
	}
	result.collect(ctx, ref)
	if len(result.Objects) == 0 {
		return types.ObjectContent{}, false
	}
	return result.Objects[0], true
}

// fingerprint is equal for equal values; values are read through pointers, as they are changed in place.
func fingerprint(value types.AnyType) uint64 {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("%T: %s", value, err))
	}
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%T", value)
	_, _ = hash.Write(text)
	return hash.Sum64()
}

// feed hears of every change of the inventory and rouses the collectors that it may matter to.
var feed = &changeFeed{collectors: make(map[*PropertyCollector]bool)}

type changeFeed struct {
	collectors map[*PropertyCollector]bool
}

func (c *changeFeed) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "ChangeFeed", Value: "feed"}
}

func (c *changeFeed) add(pc *PropertyCollector) {
	c.collectors[pc] = true
	Map.AddHandler(c)
}

func (c *changeFeed) drop(pc *PropertyCollector) {
	delete(c.collectors, pc)
}

// endSession forgets the collectors of a session, and ends their waits.
func (c *changeFeed) endSession(key string) {
	for pc := range c.collectors {
		if pc.watch.session == key {
			pc.watch.rouse()
			c.drop(pc)
		}
	}
}

// touch says that properties of an object may have changed.
func (c *changeFeed) touch(ref types.ManagedObjectReference) {
	c.each(func(filter *PropertyFilter) bool {
		_, told := filter.watch.told[ref]
		if told {
			filter.watch.changed[ref] = true
		}
		if filter.watch.walked[ref] {
			filter.watch.reselect = true
			return true
		}
		return told
	})
}

func (c *changeFeed) each(concerns func(filter *PropertyFilter) bool) {
	for pc := range c.collectors {
		concerned := false
		for _, filter := range pc.watch.filters {
			concerned = concerns(filter) || concerned
		}
		if concerned {
			pc.watch.rouse()
		}
	}
}

// reselect says that objects came or went.
func (c *changeFeed) reselect(ref types.ManagedObjectReference, entity bool) {
	c.each(func(filter *PropertyFilter) bool {
		_, told := filter.watch.told[ref]
		if told || entity && len(filter.watch.walked) > 0 {
			filter.watch.reselect = true
			return true
		}
		return false
	})
}

func (c *changeFeed) PutObject(object mo.Reference) {
	_, entity := object.(mo.Entity)
	c.reselect(object.Reference(), entity)
	c.touch(object.Reference())
}

func (c *changeFeed) UpdateObject(object mo.Reference, _ []types.PropertyChange) {
	c.touch(object.Reference())
}

func (c *changeFeed) RemoveObject(ref types.ManagedObjectReference) {
	_, entity := Map.Get(ref).(mo.Entity)
	c.reselect(ref, entity)
}

package simulator

import (
	"reflect"
	"strconv"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// selection is what filter specs select: vCenter reports each object once, goes through one that it meets again no
// second time, and applies a traversal only to objects of its type.
type selection struct {
	ctx    *Context
	specs  map[string]*types.TraversalSpec
	refs   []types.ManagedObjectReference
	has    map[types.ManagedObjectReference]bool
	walked map[types.ManagedObjectReference]bool
	passed map[step]bool
}

type step struct {
	from types.ManagedObjectReference
	by   *types.TraversalSpec
}

func newSelection(ctx *Context) *selection {
	return &selection{
		ctx:    ctx,
		specs:  make(map[string]*types.TraversalSpec),
		has:    make(map[types.ManagedObjectReference]bool),
		walked: make(map[types.ManagedObjectReference]bool),
		passed: make(map[step]bool),
	}
}

// of adds what one spec selects, and gives the objects that it names and that are missing.
func (s *selection) of(spec types.PropertyFilterSpec) ([]types.MissingObject, types.BaseMethodFault) {
	var missing []types.MissingObject
	for _, object := range spec.ObjectSet {
		value, ok := getObject(s.ctx, object.Obj)
		if !ok {
			fault := &types.ManagedObjectNotFound{Obj: object.Obj}
			if isFalse(spec.ReportMissingObjectsInResults) {
				return nil, fault
			}
			missing = append(missing, types.MissingObject{
				Obj:   object.Obj,
				Fault: types.LocalizedMethodFault{Fault: fault, LocalizedMessage: faultText(fault)},
			})
			continue
		}
		if isFalse(object.Skip) {
			s.add(object.Obj)
		}
		s.name(object.SelectSet)
		if fault := s.walk(object.Obj, value, object.SelectSet); fault != nil {
			return nil, fault
		}
	}
	return missing, nil
}

func (s *selection) add(ref types.ManagedObjectReference) {
	if !s.has[ref] {
		s.has[ref] = true
		s.refs = append(s.refs, ref)
	}
}

func (s *selection) name(specs []types.BaseSelectionSpec) {
	for _, spec := range specs {
		if traversal, ok := spec.(*types.TraversalSpec); ok {
			if traversal.Name != "" {
				s.specs[traversal.Name] = traversal
			}
			s.name(traversal.SelectSet)
		}
	}
}

func (s *selection) walk(from types.ManagedObjectReference, value reflect.Value, specs []types.BaseSelectionSpec) types.BaseMethodFault {
	for _, spec := range specs {
		traversal, ok := spec.(*types.TraversalSpec)
		if !ok {
			traversal = s.specs[spec.GetSelectionSpec().Name]
			if traversal == nil {
				return &types.InvalidArgument{InvalidProperty: "specSet.objectSet.selectSet"}
			}
		}
		if !isKind(value.Type(), from.Type, traversal.Type) {
			continue
		}
		if s.passed[step{from, traversal}] {
			continue
		}
		s.passed[step{from, traversal}] = true
		s.walked[from] = true
		field, _ := fieldValue(value, traversal.Path)
		for _, ref := range fieldRefs(field) {
			next, ok := getObject(s.ctx, ref)
			if !ok {
				continue
			}
			if isFalse(traversal.Skip) {
				s.add(ref)
			}
			if fault := s.walk(ref, next, traversal.SelectSet); fault != nil {
				return fault
			}
		}
	}
	return nil
}

// isKind is whether an object is of a type or of one that extends it.
func isKind(kind reflect.Type, name, wanted string) bool {
	if wanted == "" || wanted == name || wanted == kind.Name() || wanted == "ManagedObject" {
		return true
	}
	if wanted == "View" || wanted == "ManagedObjectView" {
		_, view := kind.FieldByName("View")
		return view
	}
	field, ok := kind.FieldByName(wanted)
	return ok && field.Anonymous
}

// getObject computes what a container view shows when it is looked at: vcsim keeps a list that misses machines whose
// pool learns of them after their folder. So it does with the usage of pools.
func getObject(ctx *Context, ref types.ManagedObjectReference) (reflect.Value, bool) {
	if stalePools && (ref.Type == "ResourcePool" || ref.Type == "VirtualApp") {
		computePools()
	}
	if ctx.Session != nil && ref.Type == "ContainerView" {
		if view, ok := ctx.Session.Get(ref).(*ContainerView); ok {
			view.View = nil
			if Map.Get(view.Container) != nil {
				view.add(view.root, make(map[types.ManagedObjectReference]bool))
			}
		}
	}
	return vendorGetObject(ctx, ref)
}

func (v *ContainerView) PutObject(mo.Reference) {}

func (v *ContainerView) RemoveObject(types.ManagedObjectReference) {}

// ModifyListView lists each object once, and answers with those that are not there.
func (v *ListView) ModifyListView(req *types.ModifyListView) soap.HasFault {
	for _, ref := range req.Remove {
		RemoveReference(&v.View, ref)
	}
	var unresolved []types.ManagedObjectReference
	for _, ref := range req.Add {
		switch {
		case Map.Get(ref) == nil:
			unresolved = append(unresolved, ref)
		case FindReference(v.View, ref) == nil:
			v.View = append(v.View, ref)
		}
	}
	feed.touch(v.Self)
	return &methods.ModifyListViewBody{Res: &types.ModifyListViewResponse{Returnval: unresolved}}
}

func (pc *PropertyCollector) collect(ctx *Context, r *types.RetrievePropertiesEx) (*types.RetrieveResult, types.BaseMethodFault) {
	found := newSelection(ctx)
	for _, spec := range r.SpecSet {
		if _, fault := found.of(spec); fault != nil {
			return nil, fault
		}
	}
	result := &retrieveResult{
		RetrieveResult: new(types.RetrieveResult),
		req:            r,
		collected:      make(map[types.ManagedObjectReference]bool),
	}
	for _, ref := range found.refs {
		result.collect(ctx, ref)
	}
	return result.RetrieveResult, unknownProperty(result.Objects)
}

// unknownProperty is the fault of a path that an object's type does not have, where vcsim leaves the property out.
func unknownProperty(objects []types.ObjectContent) types.BaseMethodFault {
	for _, object := range objects {
		for _, missing := range object.MissingSet {
			if fault, ok := missing.Fault.Fault.(*types.InvalidProperty); ok {
				return fault
			}
		}
	}
	return nil
}

// RetrievePropertiesEx answers with so many objects and with a token for the others; with nothing where there are none.
func (pc *PropertyCollector) RetrievePropertiesEx(ctx *Context, r *types.RetrievePropertiesEx) soap.HasFault {
	body := pc.vendorRetrievePropertiesEx(ctx, r).(*methods.RetrievePropertiesExBody)
	if body.Res == nil {
		return body
	}
	size := PageObjects
	if r.Options.MaxObjects > 0 {
		size = int(r.Options.MaxObjects)
	}
	body.Res.Returnval = pc.page(body.Res.Returnval.Objects, size)
	return body
}

func (pc *PropertyCollector) page(objects []types.ObjectContent, size int) *types.RetrieveResult {
	if len(objects) == 0 {
		return nil
	}
	result := &types.RetrieveResult{Objects: objects}
	if size > 0 && len(objects) > size {
		pc.watch.tokens++
		result.Token = strconv.Itoa(pc.watch.tokens)
		result.Objects = objects[:size]
		if pc.watch.pages == nil {
			pc.watch.pages = make(map[string][]types.ObjectContent)
		}
		pc.watch.pages[result.Token] = objects[size:]
	}
	return result
}

func (pc *PropertyCollector) ContinueRetrievePropertiesEx(r *types.ContinueRetrievePropertiesEx) soap.HasFault {
	objects, ok := pc.watch.pages[r.Token]
	if !ok {
		return &methods.ContinueRetrievePropertiesExBody{Fault_: Fault("", &types.InvalidProperty{Name: r.Token})}
	}
	delete(pc.watch.pages, r.Token)
	return &methods.ContinueRetrievePropertiesExBody{
		Res: &types.ContinueRetrievePropertiesExResponse{Returnval: *pc.page(objects, PageObjects)},
	}
}

func (pc *PropertyCollector) CancelRetrievePropertiesEx(r *types.CancelRetrievePropertiesEx) soap.HasFault {
	delete(pc.watch.pages, r.Token)
	return &methods.CancelRetrievePropertiesExBody{Res: new(types.CancelRetrievePropertiesExResponse)}
}

// RetrieveProperties, the older method, answers with everything.
func (pc *PropertyCollector) RetrieveProperties(ctx *Context, r *types.RetrieveProperties) soap.HasFault {
	all := pc.vendorRetrievePropertiesEx(ctx, &types.RetrievePropertiesEx{This: r.This, SpecSet: r.SpecSet})
	if fault := all.Fault(); fault != nil {
		return &methods.RetrievePropertiesBody{Fault_: fault}
	}
	return &methods.RetrievePropertiesBody{Res: &types.RetrievePropertiesResponse{
		Returnval: all.(*methods.RetrievePropertiesExBody).Res.Returnval.Objects,
	}}
}

package simulator

import (
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// denied are the privileges that nobody has; vCenter gives them by roles, vcsim has all granted to everybody.
var denied = make(map[string]bool)

func (m *AuthorizationManager) HasPrivilegeOnEntities(req *types.HasPrivilegeOnEntities) soap.HasFault {
	answer := m.vendorHasPrivilegeOnEntities(req)
	for _, entity := range answer.(*methods.HasPrivilegeOnEntitiesBody).Res.Returnval {
		for i := range entity.PrivAvailability {
			entity.PrivAvailability[i].IsGranted = !denied[entity.PrivAvailability[i].PrivId]
		}
	}
	return answer
}

// deny takes privileges from everybody, and gives all others back.
func deny(privileges []string) {
	world.Lock()
	defer world.Unlock()
	denied = make(map[string]bool)
	for _, privilege := range privileges {
		denied[privilege] = true
	}
}

// setProperty sets a scalar property, however deep, of the object that a request names by its name or by its reference's
// value, such as summary.accessible of LocalDS_0; tests so bring about what no call of the API does.
func setProperty(q url.Values) error {
	world.Lock()
	defer world.Unlock()
	name := q.Get("object")
	for _, object := range Map.objects {
		entity, ok := object.(mo.Entity)
		if object.Reference().Value != name && !(ok && entityName(entity) == name && object.Reference().Type == q.Get("type")) {
			continue
		}
		if err := setField(getManagedObject(object), strings.Split(q.Get("path"), "."), q.Get("value")); err != nil {
			return fmt.Errorf("%s of %s: %w", q.Get("path"), name, err)
		}
		feed.touch(object.Reference())
		return nil
	}
	return fmt.Errorf("there is no %s %q", q.Get("type"), name)
}

func setField(at reflect.Value, path []string, text string) error {
	for at.Kind() == reflect.Ptr || at.Kind() == reflect.Interface {
		if at.IsNil() {
			if at.Kind() == reflect.Interface {
				return fmt.Errorf("it is not set")
			}
			at.Set(reflect.New(at.Type().Elem()))
		}
		at = at.Elem()
	}
	switch at.Kind() {
	case reflect.Struct:
		if len(path) == 0 {
			return fmt.Errorf("it is no scalar")
		}
		field := at.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, path[0]) })
		if !field.IsValid() {
			return fmt.Errorf("there is no %s", path[0])
		}
		return setField(field, path[1:], text)
	case reflect.Slice:
		for i := 0; i < at.Len(); i++ { // all of them
			if err := setField(at.Index(i), path, text); err != nil {
				return err
			}
		}
	case reflect.Bool:
		at.SetBool(text == "true")
	case reflect.String:
		at.SetString(text)
	case reflect.Int32, reflect.Int64:
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return err
		}
		at.SetInt(number)
	default:
		return fmt.Errorf("it is a %s", at.Kind())
	}
	return nil
}

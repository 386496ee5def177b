package simulator

import "reflect"

// clone copies a value with all that it points to, so that a change of one object, or one taken back, is seen in no
// other: vcsim shares its templates among the objects that are made of them.
func clone(value interface{}) interface{} {
	return cloned(reflect.ValueOf(value)).Interface()
}

func cloned(value reflect.Value) reflect.Value {
	switch value.Kind() {
	case reflect.Ptr:
		if value.IsNil() {
			return value
		}
		copied := reflect.New(value.Type().Elem())
		copied.Elem().Set(cloned(value.Elem()))
		return copied
	case reflect.Interface:
		if value.IsNil() {
			return value
		}
		copied := reflect.New(value.Type()).Elem()
		copied.Set(cloned(value.Elem()))
		return copied
	case reflect.Slice:
		if value.IsNil() {
			return value
		}
		copied := reflect.MakeSlice(value.Type(), value.Len(), value.Len())
		for i := 0; i < value.Len(); i++ {
			copied.Index(i).Set(cloned(value.Index(i)))
		}
		return copied
	case reflect.Struct:
		copied := reflect.New(value.Type()).Elem()
		copied.Set(value)
		for i := 0; i < value.NumField(); i++ {
			if value.Type().Field(i).PkgPath == "" { // of a time only its own value
				copied.Field(i).Set(cloned(value.Field(i)))
			}
		}
		return copied
	default:
		return value
	}
}

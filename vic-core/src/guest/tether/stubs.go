package main

func (s *session) watchHealth() func() { return func() {} }

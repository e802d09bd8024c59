//go:build !linux

package audit

// fileID is empty: on this system we have not learned to tell a file from its copy.
func fileID(string) string { return "" }

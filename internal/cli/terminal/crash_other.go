//go:build !unix

package terminal

// CrashWithoutCore has nothing to set where there are no such signals.
func CrashWithoutCore() {}

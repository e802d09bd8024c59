//go:build !unix

package plan

import "errors"

func pipe(string) error { return errors.New("no named pipes here") }

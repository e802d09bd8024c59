package audit

import (
	"bufio"
	"errors"
	"io"
	"iter"
)

// A Line is one line of a file as it stands there.
type Line struct {
	Number int64  // 1 for the first
	Offset int64  // bytes before it
	Bytes  []byte // without the newline; valid until the next line is asked for
	Torn   bool   // it lacks its newline, so it is the last and was not completely written
}

// Scan gives the lines of r, of any length, in order. The error is r's own and ends the walk.
func Scan(r io.Reader) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		in := bufio.NewReaderSize(r, 64<<10)
		var long []byte
		var l Line
		for {
			part, err := in.ReadSlice('\n')
			if errors.Is(err, bufio.ErrBufferFull) {
				long = append(long, part...)
				continue
			}
			if len(long) > 0 {
				long = append(long, part...)
				part = long
			}
			if err != nil && !errors.Is(err, io.EOF) {
				yield(Line{}, err)
				return
			}
			if len(part) == 0 {
				return
			}
			l.Number++
			l.Torn = err != nil
			l.Bytes = part
			size := int64(len(part))
			if !l.Torn {
				l.Bytes = part[:len(part)-1]
			}
			if !yield(l, nil) || l.Torn {
				return
			}
			l.Offset += size
			long = long[:0]
		}
	}
}

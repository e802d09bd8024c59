package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
)

// A Line is one line of a file as it stands there.
type Line struct {
	Number int64  // 1 for the first
	Offset int64  // bytes before it
	Bytes  []byte // without the newline; valid until the next line is asked for
	Torn   bool   // it lacks its newline, so it is the last and was not completely written
	// Over is why it cannot be a line of ours: it is longer than MaxLine, or the file longer than MaxLog. Then Bytes are its first
	// few, and nothing behind it is read. Nil: it is within bounds.
	Over error
}

// Parse reads the record in a line.
func (l Line) Parse() (Record, error) {
	if l.Over != nil {
		return Record{}, l.Over
	}
	return Parse(l.Bytes)
}

// Bounds of what is read, in bytes. The largest record of ours pins a plan, of 16 MiB at most, with its line breaks escaped.
const (
	MaxLine = 64 << 20
	MaxLog  = 4 << 30
)

// Reasons for [Line.Over].
var (
	errLineTooLong = fmt.Errorf("not a record: the line is longer than %d MiB", MaxLine>>20)
	errLogTooLong  = fmt.Errorf("not a record of ours: the log is longer than %d GiB", MaxLog>>30)
)

// overKept is how much of a line that is too long is given.
const overKept = 4 << 10

// Scan gives the lines of r in order, within bounds: see [Line.Over]. The error is r's own and ends the walk.
func Scan(r io.Reader) iter.Seq2[Line, error] { return scan(r, MaxLine, MaxLog) }

// scan is Scan with those bounds.
func scan(r io.Reader, maxLine, maxLog int64) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		in := bufio.NewReaderSize(r, 64<<10)
		var long []byte
		var l Line
		for {
			part, err := in.ReadSlice('\n')
			if size := int64(len(long) + len(part)); size > maxLine || l.Offset+size > maxLog {
				over := errLineTooLong
				if size <= maxLine {
					over = errLogTooLong
				}
				long = append(long, part...)
				yield(Line{Number: l.Number + 1, Offset: l.Offset, Bytes: long[:min(len(long), overKept)], Over: over}, nil)
				return
			}
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

// A Written is a record together with the line it stands in.
type Written struct {
	Record
	Line Line
}

// A LineError says that a line of a journal is not a whole record.
type LineError struct {
	Line int64 // 1 for the first
	Err  error // nil: it is a record, and only lacks its newline
}

// Error names the line.
func (e *LineError) Error() string {
	text := fmt.Sprintf("line %d is not a whole record", e.Line)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap is what is wrong with the line.
func (e *LineError) Unwrap() error { return e.Err }

// Records gives the records of a journal in order, notes included, as far as they can be read; whether they belong
// together is for [Verify] to say. An error ends the walk. It is r's own, or a [*LineError], with which a last line comes
// that lacks nothing but its newline.
func Records(r io.Reader) iter.Seq2[Written, error] {
	return func(yield func(Written, error) bool) {
		for line, err := range Scan(r) {
			if err != nil {
				yield(Written{}, err)
				return
			}
			rec, err := line.Parse()
			if err != nil || line.Torn {
				yield(Written{rec, line}, &LineError{line.Number, err})
				return
			}
			if !yield(Written{rec, line}, nil) {
				return
			}
		}
	}
}

// The chunks in which [ScanBackward] reads: the last line alone costs little, and a walk over years does not ask for
// each few lines.
const (
	firstChunk = 4 << 10
	mostChunk  = 1 << 20
)

// ScanBackward gives the lines of the first size bytes of r, the last one first. Their numbers are not known and stay zero. The
// error is r's own, or that a line is longer than [MaxLine], and ends the walk.
func ScanBackward(r io.ReaderAt, size int64) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		var b []byte // what was read and not given yet, from the offset at on
		at, chunk := size, int64(firstChunk)
		l := Line{Torn: true} // until its newline is seen
		for {
			i := bytes.LastIndexByte(b, '\n')
			if i < 0 && at > 0 {
				if len(b) > MaxLine {
					yield(Line{}, errLineTooLong)
					return
				}
				n := min(chunk, at)
				chunk = min(2*chunk, mostChunk)
				more := make([]byte, n, n+int64(len(b)))
				if _, err := r.ReadAt(more, at-n); err != nil && !errors.Is(err, io.EOF) {
					yield(Line{}, err)
					return
				}
				b, at = append(more, b...), at-n
				continue
			}
			l.Offset, l.Bytes = at+int64(i)+1, b[i+1:]
			given := l.Torn && len(l.Bytes) == 0 // nothing follows the last newline
			if !given && !yield(l, nil) || i < 0 {
				return
			}
			b, l.Torn = b[:i], false
		}
	}
}

package rehearse

import (
	"bytes"
	"fmt"
	"io"
	"path"

	"ofsplan/audit"
	"ofsplan/internal/rehearse/laws"
)

// garbled is a journal of which a loss of power left the names and lengths, and nothing but zeros in place of some bytes
// that were not synced.
type garbled struct {
	good  []byte // the whole journal as it was written; nil: it is as it was written
	only  bool   // nothing but its last line is bad, so that an operator can answer for it
	seen  bool   // it was refused
	asked int    // how often this runner was refused it
}

// logs is where the run is kept on the disk.
func (h *hardship) logs() string {
	return path.Join(stateFolder, "simulated", "runs", h.play.result.RunID)
}

// journal reads the audit log, whatever happens to the disk.
func (h *hardship) journal(disk *audit.Memory) []byte {
	f, err := disk.Read(path.Join(h.logs(), audit.FileName))
	if err != nil {
		return nil // it never was, or its name was forgotten
	}
	b, _ := io.ReadAll(f)
	return b
}

// put makes bytes the journal, for good.
func (h *hardship) put(b []byte) error {
	f, err := h.disk.Append(path.Join(h.logs(), audit.FileName))
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.Write(b)
	}
	if err == nil {
		err = f.Sync()
	}
	return err
}

// garble takes some bytes away of what was not synced, and now and then of a last line that was, as a disk does that lies.
// A line that lacks its newline is torn, and no operator is asked.
func (h *hardship) garble(safe *audit.Memory) {
	b, synced := h.journal(h.disk), len(h.journal(safe))
	if len(b) == 0 || b[len(b)-1] != '\n' || h.garbled.good != nil || h.IntN(3) == 0 {
		return
	}
	last, only := 1+bytes.LastIndexByte(b[:len(b)-1], '\n'), true
	from, to := max(synced, last), len(b)-1
	switch {
	case len(b) <= synced && (h.IntN(8) > 0 || bytes.Count(b, []byte("\n")) < 4): // the plan stays on record
		return
	case len(b) <= synced:
		from = last
		h.reached["synced line garbled"]++
	case from > synced && h.IntN(3) == 0:
		from, to, only = synced, from, false
	}
	h.garbled = garbled{good: bytes.Clone(b), only: only}
	at := from + h.IntN(to-from)
	clear(b[at : at+1+h.IntN(to-at)])
	if err := h.put(b); err != nil {
		panic(err) // a disk in memory has room
	}
	h.reached["log garbled"]++
	h.tell("from byte %d of %d on some are zeros, %d were synced; only the last line: %t", at, len(b), synced, only)
}

// accepts answers for a bad last line. Of a log that lost more than that nobody can go on: its disk is mended.
func (h *hardship) accepts(refused error) (bool, error) {
	g := &h.garbled
	if g.good == nil {
		return false, &laws.Breach{Law: "L3", Msg: fmt.Sprintf("an audit log that nobody touched is refused: %v", refused)}
	}
	g.seen = true
	if g.asked++; g.asked == 1 {
		h.reached["garbled log refused"]++
		h.tell("the audit log is refused; somebody answers for its last line")
		return true, nil
	}
	if g.only {
		return false, &laws.Breach{Law: "L10", Msg: fmt.Sprintf("a bad last line is refused though somebody answers for it: %v", refused)}
	}
	h.reached["more than a bad last line refused"]++
	h.tell("the audit log is refused all the same, and its disk is mended")
	good := g.good
	*g = garbled{}
	return false, h.put(good)
}

// opened wants a log that was garbled to have been refused before it was opened.
func (h *hardship) opened() error {
	g := h.garbled
	if h.garbled = (garbled{}); g.good != nil && !g.seen {
		return &laws.Breach{Law: "L3", Msg: "an audit log with zeros in it was taken up without anybody's word"}
	}
	if g.good != nil {
		h.reached["tail accepted"]++
	}
	return nil
}

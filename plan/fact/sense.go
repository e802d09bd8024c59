package fact

import "time"

// A Sought is what a sensor looks for, filled in: exactly one of its fields is set.
type Sought struct {
	File  *SoughtFile  `json:"file,omitempty"`
	Check *SoughtCheck `json:"check,omitempty"`
	Run   *SoughtRun   `json:"run,omitempty"`
}

// SoughtFile is a file that has to be there.
type SoughtFile struct {
	Path      string    `json:"path"`                 // absolute, or relative to the folder that the target names; it may be a pattern, of which the newest match counts
	MinSize   int64     `json:"min_size,omitempty"`   // bytes; 0: any size
	StableFor Span      `json:"stable_for,omitempty"` // for which size and time of change must have stood; 0: it is taken at once
	After     time.Time `json:"modified_after,omitzero"`
}

// A Span is a duration that records hold as text: 30s, 1m30s.
type Span time.Duration

// MarshalText writes it.
func (s Span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Span) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	*s = Span(d)
	return err
}

// SoughtCheck is a command of the target, by its name.
type SoughtCheck struct {
	Name string `json:"name"`
	With []Pair `json:"with,omitempty"` // what it is told, in file order
}

// SoughtRun is a run of another plan at the same target.
type SoughtRun struct {
	Plan    string `json:"plan"`
	MISDate string `json:"misdate,omitempty"` // as yyyy-mm-dd; empty: a run without a date
	Once    string `json:"once,omitempty"`    // its value of once; empty: a run without one
	Strict  bool   `json:"strict,omitempty"`  // a run that failed is not waited for
}

// A Sight is what one look of a sensor saw. Without anything set, nothing of it is there.
type Sight struct {
	File  *SeenFile  `json:"file,omitempty"`
	Check *SeenCheck `json:"check,omitempty"`
	Run   *SeenRun   `json:"run,omitempty"`
	// Trouble is why nothing can be said: the folder cannot be read, the command did not answer. Empty: it was looked.
	Trouble string `json:"trouble,omitempty"`
}

// SeenFile is what stands under a path. The zero value: nothing was seen.
type SeenFile struct {
	Path     string    `json:"path"` // of the file itself
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	NotFile  string    `json:"not_file,omitempty"` // what it is when it is no regular file: "a folder", "a FIFO"
}

// SeenCheck is what a command answered.
type SeenCheck struct {
	Yes  bool   `json:"yes"`            // it is as wanted; false: not yet
	Line string `json:"line,omitempty"` // the last it said, without secrets
}

// SeenRun is how the newest run stands that is waited for.
type SeenRun struct {
	ID     string `json:"id"`
	Stands Stands `json:"stands"`
	Head   string `json:"head,omitempty"` // of its audit log when it was read: the digest of its last record
}

// Stands is how a run stands, for another one that waits for it.
type Stands string

// How a run stands.
const (
	RunGoesOn    Stands = "goes_on"
	RunLeft      Stands = "left" // a signal stopped it, or its process is gone
	RunInDoubt   Stands = "in_doubt"
	RunSucceeded Stands = "succeeded"
	RunFailed    Stands = "failed"
	RunCanceled  Stands = "canceled"
)

package audit

// Flush begins to make everything appended so far durable, for an owner who has other things to do meanwhile. It
// returns nil, nil when there is nothing new. Otherwise sync does it, once and in any goroutine, while the
// owner may go on to append; afterwards the owner, and nobody else, calls settle with what sync returned. What
// settle returns is what [Journal.Sync] would have. One flush at a time.
func (j *Journal) Flush() (sync func() error, settle func(error) error) {
	if j.err == nil && j.synced.Count == j.written.Count {
		return nil, nil
	}
	begun, broken := j.written, j.err
	sync = func() error {
		if broken != nil {
			return broken
		}
		return j.harden(begun.Size)
	}
	settle = func(err error) error {
		switch {
		case j.err != nil: // poisoned before, or meanwhile by an append: nobody knows what this sync was worth
			return j.err
		case err != nil:
			return j.poison("sync", err)
		}
		j.synced = begun
		return nil
	}
	return sync, settle
}

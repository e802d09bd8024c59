package state

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ofsplan/audit"
	"ofsplan/internal/trust"
)

// The modes of what a group may see whose state folder lets it in: it reads logs, ledger and locks, so that its members can name a run
// and hear what became of a statement, and leaves letters in an inbox. It lists no letters, and takes nobody else's away (sticky).
const (
	sharedDir   fs.FileMode = 0o750
	sharedFile  fs.FileMode = 0o640
	sharedInbox fs.FileMode = 0o730 | fs.ModeSticky
	ownInbox    fs.FileMode = 0o700
)

// letterMode is that of a letter: it stays its author's, and the run's user can read it. Who cannot list the inbox does not find it.
const letterMode fs.FileMode = 0o644

// A sharing disk is the machine's, on which what is made below a folder belongs to that folder's group, when the folder's mode lets its
// group in. A folder that we made ourselves lets nobody in.
type sharing struct {
	audit.RealDisk
	top string
}

// isReal reports whether a disk is the machine's, so that other processes come to it.
func isReal(d Disk) bool {
	switch d.(type) {
	case audit.RealDisk, sharing:
		return true
	}
	return false
}

// group is the group that the folder lets in.
func (d sharing) group() (gid int, shared bool) {
	info, err := os.Stat(d.top)
	if err != nil || info.Mode().Perm()&0o050 != 0o050 {
		return 0, false
	}
	id, known := trust.GroupOf(info)
	return int(id), known
}

// share gives what this process has made to the group, with that mode. What cannot be given, since we are not of that group, stays our own.
func (d sharing) share(name string, mode fs.FileMode) {
	gid, shared := d.group()
	if !shared || filepath.Clean(name) == d.top || strings.HasPrefix(filepath.Base(name), keyName) {
		return
	}
	if os.Lchown(name, -1, gid) == nil {
		_ = os.Chmod(name, mode)
	}
}

// Mkdir makes one directory.
func (d sharing) Mkdir(name string) error {
	err := d.RealDisk.Mkdir(name)
	if err == nil {
		d.share(name, sharedDir)
	}
	return err
}

// Create makes a new file.
func (d sharing) Create(name string) (audit.File, error) {
	f, err := d.RealDisk.Create(name)
	if err == nil {
		d.share(name, sharedFile)
	}
	return f, err
}

// Shared reports whether the folder's mode lets its group in.
func (f *Folder) Shared() bool {
	d, real := f.disk.(sharing)
	if !real {
		return false
	}
	_, shared := d.group()
	return shared
}

// makeInbox makes the inbox of a run, as that run's folder belongs to whom it does: whoever comes first must not keep the run's user out.
func (f *Folder) makeInbox(id string) error {
	dir := f.run(id)
	inbox := filepath.Join(dir, "inbox")
	if !f.real {
		return audit.MakeDirs(f.disk, inbox)
	}
	if _, err := os.Lstat(inbox); err == nil {
		return audit.MakeDirs(f.disk, inbox) // whoever made it may have died over its name
	}
	above, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if err := audit.MakeDirs(f.disk, inbox); err != nil {
		return err
	}
	mode := ownInbox
	if above.Mode().Perm()&0o050 == 0o050 {
		mode = sharedInbox
	}
	if err := os.Chmod(inbox, mode); err != nil {
		return err
	}
	uid, known := trust.UserOf(above)
	gid, _ := trust.GroupOf(above)
	if !known || int(uid) == os.Geteuid() {
		return nil
	}
	if err := os.Lchown(inbox, int(uid), int(gid)); err != nil {
		_ = os.Remove(inbox)
		return err
	}
	return os.Chmod(inbox, mode) // some systems take the sticky bit away with the owner
}

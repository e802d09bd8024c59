package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
)

// Variable is the environment variable that, set to 1, takes what a person named although others may change it.
const Variable = "OFSPLAN_TRUST"

// ErrOthers is what the error of [Judge.Check] wraps when others could change what it is about.
var ErrOthers = errors.New("others could change it")

// A Judge looks at files as one user does who wants to rely on them.
type Judge struct {
	// User may change what is relied upon, and so may root.
	User uint32
	// ReadOnly reports whether nothing can be changed through a path. Nil: as the mount there says.
	ReadOnly func(path string) bool
	// Vouched takes what a person named in spite of everything, with a warning.
	Vouched bool
}

// Me judges as this process.
func Me() Judge {
	return Judge{User: uint32(max(os.Geteuid(), 0)), Vouched: os.Getenv(Variable) == "1"}
}

// A Thing is what a program is about to rely on.
type Thing struct {
	What    string // for messages, such as "the targets file"
	Path    string
	Named   bool   // a person named it; else it was found where we look by ourselves
	Command string // what to type as the user it belongs to, when that helps; empty: it does not
	Else    string // what a person can do about it besides; empty: nothing
}

// Check refuses what others may change. What is not there yet is judged by the folders above it. A warning is for whoever
// relies on it all the same; empty: there is none.
func (j Judge) Check(t Thing) (warning string, err error) {
	found, err := j.follow(t.Path)
	if err != nil {
		return "", fmt.Errorf("who may change %s cannot be told: %w", t.What, err)
	}
	path := clean(t.Path)
	switch {
	case found == finding{}:
		return "", nil
	case found.refused == "":
		return fmt.Sprintf("%s %s: %s; %s", t.What, path, found.warning, found.cure), nil
	case t.Named && j.Vouched:
		return fmt.Sprintf("%s %s is used because of %s=1: %s", t.What, path, Variable, found.refused), nil
	}
	hints := []string{found.cure}
	if found.foreign && t.Command != "" {
		hints[0] = "type it as that user: " + found.as + " " + t.Command
	}
	if t.Else != "" {
		hints = append(hints, t.Else)
	}
	if t.Named {
		hints = append(hints, "when you know who may change it and want that: "+Variable+"=1")
	}
	return "", fmt.Errorf("%s %s is not used, since %w: %s\n\t%s", t.What, path, ErrOthers, found.refused, strings.Join(hints, "\n\t"))
}

// clean is a path for messages: a name may hold what a terminal would obey.
func clean(path string) string {
	if quoted := strconv.Quote(path); quoted != `"`+path+`"` {
		return quoted
	}
	return path
}

// A finding is what others could do. The zero finding is nothing.
type finding struct {
	refused, warning, cure string
	foreign                bool   // it belongs to somebody else
	as                     string // how to be that user
}

// Inode says what is wrong with one file or folder by itself: who else may change it. Empty: nobody.
func (j Judge) Inode(path string, info fs.FileInfo) (refused, cure string) {
	f := j.look(path, info)
	return f.refused, f.cure
}

// look judges one file or folder by its owner and mode. What stands in a folder with the sticky bit can be replaced only by its own
// owner and the folder's; a device is nobody's to rewrite.
func (j Judge) look(path string, info fs.FileInfo) finding {
	uid, known := UserOf(info)
	mode, path := info.Mode(), clean(path)
	if !known || mode&fs.ModeDevice != 0 {
		return finding{}
	}
	if uid != 0 && uid != j.User {
		not := "not to root"
		if j.User != 0 {
			not = "neither to " + Name(j.User) + " nor to root"
		}
		return finding{
			refused: fmt.Sprintf("%s belongs to %s, and %s", path, Name(uid), not),
			cure:    "look who put it there and what it says; when it is right, chown it", foreign: true, as: As(uid),
		}
	}
	sticky := mode.IsDir() && mode&fs.ModeSticky != 0
	switch perm := mode.Perm(); {
	case sticky, mode&fs.ModeSymlink != 0:
	case perm&0o002 != 0:
		return finding{refused: fmt.Sprintf("%s can be changed by everybody (mode %04o)", path, perm), cure: "chmod o-w " + path}
	case perm&0o020 != 0:
		return finding{warning: fmt.Sprintf("%s can be changed by its group (mode %04o)", path, perm), cure: "when that is not meant: chmod g-w " + path}
	}
	return finding{}
}

// mostLinks is how many symbolic links are followed, as on Linux.
const mostLinks = 40

// separator is that of the names in a path.
const separator = string(filepath.Separator)

// follow judges a path: every folder from the root on, and every symbolic link, as the kernel comes by them. What cannot be
// changed through a read-only mount passes. What is refused first counts, and of warnings the last: that of the thing itself.
func (j Judge) follow(path string) (worst finding, err error) {
	if !filepath.IsAbs(path) { // not filepath.Abs, which takes a ".." behind a link for the folder that the link is in
		dir, err := os.Getwd()
		if err != nil {
			return finding{}, err
		}
		path = dir + separator + path
	}
	root := filepath.VolumeName(path) + separator
	at, names, links := root, append([]string{"."}, strings.Split(path[len(root):], separator)...), 0
	for len(names) > 0 {
		next := filepath.Join(at, names[0])
		names = names[1:]
		info, err := os.Lstat(next)
		if errors.Is(err, fs.ErrNotExist) {
			return worst, nil // whoever needs it will say so; and what an open descriptor stands for has no name
		}
		if err != nil {
			return worst, err
		}
		mount := next
		if info.Mode()&fs.ModeSymlink != 0 {
			mount = at // that of the link, not that of what it leads to
		}
		if f := j.look(next, info); f != (finding{}) && !j.readOnly(mount) {
			if f.refused != "" {
				return f, nil
			}
			worst = f
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		target, err := os.Readlink(next)
		if links++; err == nil && links > mostLinks {
			err = fmt.Errorf("%s leads through more than %d symbolic links", path, mostLinks)
		}
		if err != nil {
			return worst, err
		}
		if filepath.IsAbs(target) {
			at = root
		}
		names = append(strings.Split(target, separator), names...)
	}
	return worst, nil
}

// readOnly reports whether nothing can be changed through a path.
func (j Judge) readOnly(path string) bool {
	if j.ReadOnly != nil {
		return j.ReadOnly(path)
	}
	return readOnlyMount(path)
}

// Private says what is wrong with a file that holds a secret and that everybody can reach; nil when only its owner and
// group can.
func Private(info fs.FileInfo, path string) error {
	if info.Mode().Perm()&0o006 == 0 {
		return nil
	}
	return fmt.Errorf("everybody on this host can read or change it (mode %04o)\n\tchmod 600 %s", info.Mode().Perm(), clean(filepath.Clean(path)))
}

// Owner is the name of the user a file belongs to, or the number where it has no name; empty where files have no owner
// we could read.
func Owner(info fs.FileInfo) string {
	uid, known := UserOf(info)
	if !known {
		return ""
	}
	return Name(uid)
}

// Name is what a user is called, or the number where it has no name.
func Name(uid uint32) string {
	number := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(number); err == nil {
		return u.Username
	}
	return "uid " + number
}

// As is how to type a command as another user.
func As(uid uint32) string {
	if u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10)); err == nil {
		return "sudo -u " + u.Username
	}
	return fmt.Sprintf("sudo -u '#%d'", uid)
}

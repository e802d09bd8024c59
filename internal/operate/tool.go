package operate

import (
	"bytes"
	"debug/elf"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"sync"

	"ofsplan/runner"
)

// version is put here by the Makefile, from git. Empty: the program was built another way, and the go command may have stamped it.
var version string

// ThisTool is the program that runs.
func ThisTool() runner.Tool {
	t := runner.Tool{Version: "devel", Machine: runner.MachineVersion, Build: buildID()}
	info, ok := debug.ReadBuildInfo()
	switch {
	case version != "":
		t.Version = version
	case ok && info.Main.Version != "" && info.Main.Version != "(devel)":
		t.Version = info.Main.Version
	}
	return t
}

// buildID is what "go tool buildid" says of this program: every other build has another one. Empty: it cannot be read.
var buildID = sync.OnceValue(func() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	if f, err := elf.Open(path); err == nil {
		defer f.Close()
		return noteIn(f)
	}
	return textIn(path)
})

// noteIn is the build id of an ELF file: the description of a note, behind three sizes of four bytes and the name "Go".
func noteIn(f *elf.File) string {
	s := f.Section(".note.go.buildid")
	if s == nil {
		return ""
	}
	note, err := s.Data()
	if err != nil || len(note) < 16 {
		return ""
	}
	size, id := int(f.ByteOrder.Uint32(note[4:])), note[16:]
	return string(id[:min(size, len(id))])
}

// textIn is the build id of any other program: the linker puts it before the text, among the first bytes.
func textIn(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 32<<10))
	if err != nil {
		return ""
	}
	_, rest, _ := bytes.Cut(b, []byte("\xff Go build ID: "))
	text, _, _ := bytes.Cut(rest, []byte("\n \xff"))
	id, err := strconv.Unquote(string(text))
	if err != nil {
		return ""
	}
	return id
}

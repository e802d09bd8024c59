package config

import (
	"os"
	"path/filepath"
)

// FileName is what the targets file is called where it is looked for.
const FileName = "ofsplan.yaml"

// A Place is where a targets file is. The zero Place is nowhere: there is none.
type Place struct {
	Path   string   // empty: there is none
	Named  bool     // somebody named it, and did not leave it to us to look
	Looked []string // where we looked, when there is none
}

// Find says which targets file counts: the one given with --config, else $OFSPLAN_CONFIG, else ofsplan.yaml in
// the working folder, else ofsplan/ofsplan.yaml in the XDG folders. A file that was named must be there and
// is returned unseen; of the others the first that exists.
func Find(flag string, getenv func(string) string) Place {
	if flag != "" {
		return Place{Path: flag, Named: true}
	}
	if named := getenv("OFSPLAN_CONFIG"); named != "" {
		return Place{Path: named, Named: true}
	}
	places := []string{FileName}
	if home := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(home) {
		places = append(places, filepath.Join(home, "ofsplan", FileName))
	} else if home := getenv("HOME"); home != "" {
		places = append(places, filepath.Join(home, ".config", "ofsplan", FileName))
	}
	dirs := getenv("XDG_CONFIG_DIRS")
	if dirs == "" {
		dirs = "/etc/xdg"
	}
	for _, dir := range filepath.SplitList(dirs) {
		if filepath.IsAbs(dir) {
			places = append(places, filepath.Join(dir, "ofsplan", FileName))
		}
	}
	for _, place := range places {
		if _, err := os.Stat(place); err == nil {
			return Place{Path: place}
		}
	}
	return Place{Looked: places}
}

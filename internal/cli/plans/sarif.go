package plans

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"ofsplan/internal/operate"
)

// The part of SARIF 2.1.0 that validate writes.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID string `json:"id"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		Physical sarifPlace `json:"physicalLocation"`
	}
	sarifPlace struct {
		Artifact sarifFile    `json:"artifactLocation"`
		Region   *sarifRegion `json:"region,omitempty"`
	}
	sarifFile struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn"`
	}
)

// fileURI is a path as a SARIF log has it: a reference of a URI, with what means something in one escaped.
func fileURI(path string) string {
	u := url.URL{Path: filepath.ToSlash(path)}
	if filepath.IsAbs(path) {
		u.Scheme, u.Path = "file", "/"+strings.TrimPrefix(u.Path, "/")
	}
	return u.String()
}

// sarif writes findings as a SARIF log. Errors, which have no id of their own, are all of rule "plan".
func sarif(all []checked) sarifLog {
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "ofsplan", Version: operate.ThisTool().Version, Rules: []sarifRule{}}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
	}
	var rules []string
	for _, c := range all {
		for _, p := range c.Problems {
			r := sarifResult{RuleID: p.ID, Level: p.Severity, Message: sarifText{p.Message}}
			if r.RuleID == "" {
				r.RuleID = "plan"
			}
			if p.Hint != "" {
				r.Message.Text += "\n" + p.Hint
			}
			place := sarifPlace{Artifact: sarifFile{fileURI(p.File)}}
			if p.Line > 0 {
				place.Region = &sarifRegion{p.Line, p.Col}
			}
			r.Locations = []sarifLocation{{place}}
			run.Results = append(run.Results, r)
			rules = append(rules, r.RuleID)
		}
	}
	slices.Sort(rules)
	for _, id := range slices.Compact(rules) {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{id})
	}
	return sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}
}

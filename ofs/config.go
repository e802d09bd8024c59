package ofs

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"ofsplan/internal/secret"
)

// Config says which scheduler a [Client] speaks to, as whom, and within which bounds.
type Config struct {
	// BaseURL is the part before Path: https://<host>/<tenant-id> in the cloud, http(s)://<host>:<port>/<context>
	// on premise. Required.
	BaseURL string
	// Path is what stands between BaseURL and the operation. Empty means [CloudPath], or [OnPremisePath] when
	// OnPremise is set.
	Path string
	Identity
	Dialect
	Bounds
}

// Identity is who calls, sent as headers on every call.
type Identity struct {
	Tenant    string // ofs_tenant_id; optional on premise
	Service   string // ofs_service_id; optional on premise
	Workspace string // ofs_workspace_id; empty means WS001
	User      string // ofs_remote_user, mapped to function BATCH_EXEC. Required
	Locale    string // languageCode-countryCode; empty means en-US
}

// Dialect is what releases of the scheduler differ in.
type Dialect struct {
	// NativeParams sends dynamicParamList as JSON (PBSM 25C to 26D). Without it the value is a JSON string that
	// holds JSON, as the guide has it.
	NativeParams bool
	// GroupDateTopLevel puts a group's $FICMISDATE$ beside batchName (PBSM 26D).
	GroupDateTopLevel bool
	// OnPremise makes tenant and service optional and changes the default of Path.
	OnPremise bool
}

// Bounds are the limits of one exchange and what it takes from outside.
type Bounds struct {
	// Agent opens the User-Agent; the mark of a request follows it in parentheses. Empty means "ofsplan".
	Agent string
	// AnswerTimeout is how long to wait for a complete answer: from the gate on for a request that changes
	// something, from the start for a status call. Zero means 5 min and 1 min. Too short makes doubt where
	// patience would have brought an answer.
	AnswerTimeout time.Duration
	// MaxAnswer is the largest answer read, in bytes. Zero means 8 MiB.
	MaxAnswer int64
	// Timer calls fire once, after d, unless stop was called first. Nil means time.AfterFunc. A world with a
	// clock of its own passes its own.
	Timer Timer
	// Now is read to turn a Retry-After date into a duration. Nil means time.Now.
	Now func() time.Time
	// Filter cleans every text that came from a server or an error. Nil cleans nothing.
	Filter *secret.Filter
}

// A Timer calls fire once, after d, unless stop is called first.
type Timer func(d time.Duration, fire func()) (stop func())

// The paths of the two kinds of installation.
const (
	CloudPath     = "/SchedulerService/rest-api/v1/external"
	OnPremisePath = "/rest-api/v1/external"
)

// Defaults of Config.
const (
	DefaultWorkspace = "WS001"
	DefaultLocale    = "en-US"

	defaultAgent       = "ofsplan"
	defaultSendTimeout = 5 * time.Minute
	defaultAskTimeout  = time.Minute
	defaultMaxAnswer   = 8 << 20
)

// validate reports everything that is missing or wrong at once.
func (c Config) validate() error {
	var errs []error
	u, err := url.Parse(c.BaseURL)
	switch {
	case c.BaseURL == "":
		errs = append(errs, errors.New("url is missing"))
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		errs = append(errs, fmt.Errorf("url %q is not of the form https://host/path", c.BaseURL))
	case u.User != nil:
		errs = append(errs, errors.New("url holds a user or password: credentials belong under auth"))
	case u.RawQuery != "" || u.Fragment != "":
		errs = append(errs, fmt.Errorf("url %q holds a query or fragment", c.BaseURL))
	}
	if c.Path != "" && !strings.HasPrefix(c.Path, "/") {
		errs = append(errs, fmt.Errorf("path %q does not begin with /", c.Path))
	}
	if c.User == "" {
		errs = append(errs, errors.New("user is missing (ofs_remote_user, a user mapped to function BATCH_EXEC)"))
	}
	if !c.OnPremise && c.Tenant == "" {
		errs = append(errs, errors.New("tenant is missing (ofs_tenant_id)"))
	}
	if !c.OnPremise && c.Service == "" {
		errs = append(errs, errors.New("service is missing (ofs_service_id)"))
	}
	for _, h := range [][2]string{{"tenant", c.Tenant}, {"service", c.Service}, {"workspace", c.Workspace}, {"user", c.User}, {"locale", c.Locale}} {
		if strings.ContainsFunc(h[1], func(r rune) bool { return r < ' ' || r > '~' }) {
			errs = append(errs, fmt.Errorf("%s %q cannot be sent as a header: printable ASCII only", h[0], h[1]))
		}
	}
	return errors.Join(errs...)
}

// withDefaults fills in what is zero.
func (c Config) withDefaults() Config {
	if c.Path == "" {
		c.Path = CloudPath
		if c.OnPremise {
			c.Path = OnPremisePath
		}
	}
	if c.Workspace == "" {
		c.Workspace = DefaultWorkspace
	}
	if c.Locale == "" {
		c.Locale = DefaultLocale
	}
	if c.Agent == "" {
		c.Agent = defaultAgent
	}
	if c.MaxAnswer == 0 {
		c.MaxAnswer = defaultMaxAnswer
	}
	if c.Timer == nil {
		c.Timer = realTimer
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// realTimer is the Timer of a world without a clock of its own.
func realTimer(d time.Duration, fire func()) (stop func()) {
	t := time.AfterFunc(d, fire)
	return func() { t.Stop() }
}

package sim_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ofsplan/ofs/sim"
)

// varied is a night in which durations vary.
func varied(seed uint64) sim.Scenario {
	tenth := func(d time.Duration) *sim.Length { return &sim.Length{Mean: d, Spread: d / 10} }
	return sim.Scenario{
		Seed:    seed,
		Unknown: sim.Unknown{Duration: tenth(time.Hour)},
		Batches: map[string]sim.Batch{"TASKS": {Tasks: []sim.Task{
			{Code: "A", Duration: tenth(10 * time.Minute)}, {Code: "B", Duration: tenth(10 * time.Minute), After: []string{"A"}},
		}}},
	}
}

// length triggers a batch at midnight and finds out, to the second, how long it takes.
func length(t *testing.T, s *sim.Scheduler, token, code string) time.Duration {
	t.Helper()
	run := start(t, s, midnight, ask("trigger", token, `{"batchName":"`+code+`","batchType":"rest"}`))
	low, high := time.Duration(0), 3*time.Hour
	for high-low > time.Second {
		mid := (low + high) / 2
		if runCode(t, s, token, run, midnight.Add(mid)) == "0" {
			high = mid
		} else {
			low = mid
		}
	}
	return high.Truncate(time.Second)
}

// start makes a request that starts something and returns the batch run id.
func start(t testing.TB, s *sim.Scheduler, now time.Time, r sim.Request) string {
	t.Helper()
	reply := s.Answer(now, r)
	var a struct{ BatchRunID, StatusCode string }
	if err := json.Unmarshal(reply.Body, &a); err != nil || a.StatusCode != "0" || a.BatchRunID == "" {
		t.Fatalf("not started: %d %s", reply.Status, reply.Body)
	}
	return a.BatchRunID
}

func runCode(t testing.TB, s *sim.Scheduler, token, run string, now time.Time) string {
	t.Helper()
	reply := s.Answer(now, ask("status", token, `{"batchRunId":"`+run+`"}`))
	var a struct{ BatchStatusCode string }
	if err := json.Unmarshal(reply.Body, &a); err != nil {
		t.Fatal(err)
	}
	return a.BatchStatusCode
}

// The same seed gives the same durations, whatever else is asked and in whatever order; each start has its own.
func TestSeedDecides(t *testing.T) {
	lengths := func(seed uint64, codes ...string) map[string]time.Duration {
		s := newScheduler(t, varied(seed))
		token := tokenOf(t, s, midnight)
		found := map[string]time.Duration{}
		for i, code := range codes {
			n := strings.Count(strings.Join(codes[:i], " "), code) + 1
			found[fmt.Sprint(code, n)] = length(t, s, token, code)
		}
		return found
	}
	first := lengths(7, "X", "Y", "X", "TASKS")
	second := lengths(7, "TASKS", "Y", "X", "X")
	distinct := map[time.Duration]bool{}
	for k, d := range first {
		if second[k] != d {
			t.Errorf("%s takes %s, and %s in another order", k, d, second[k])
		}
		mean := time.Hour
		if strings.HasPrefix(k, "TASKS") {
			mean = 20 * time.Minute
		}
		if d < mean*9/10-time.Second || d > mean*11/10+time.Second {
			t.Errorf("%s takes %s, more than a tenth off %s", k, d, mean)
		}
		distinct[d] = true
	}
	if len(distinct) != len(first) {
		t.Errorf("different starts take the same time: %v", first)
	}
	if other := lengths(8, "X"); other["X1"] == first["X1"] {
		t.Errorf("another seed gives the same duration, %s", other["X1"])
	}
}

// Faults are chosen by operation, batch, number and time.
func TestFaultsAreChosen(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault sim.Fault
		want  string // of triggers of A, B, A, B, … one a minute: x where the fault hits
	}{
		{"all", sim.Fault{}, "xxxxxx"},
		{"by operation", sim.Fault{On: "rerun"}, "......"},
		{"by batch", sim.Fault{Batch: "B"}, ".x.x.x"},
		{"the second", sim.Fault{On: "trigger", Nth: 2}, ".x...."},
		{"the second of B", sim.Fault{Batch: "B", Nth: 2}, "...x.."},
		{"every third", sim.Fault{Every: 3}, "..x..x"},
		{"from a time on", sim.Fault{At: &sim.Clock{Minute: 3}}, "...xxx"},
		{"within a time", sim.Fault{At: &sim.Clock{Minute: 2}, For: 2 * time.Minute}, "..xx.."},
		{"from the start on", sim.Fault{For: 2 * time.Minute}, "xx...."},
		{"the second within a time", sim.Fault{At: &sim.Clock{Minute: 2}, Nth: 2}, "...x.."},
		{"tokens only", sim.Fault{On: "token"}, "......"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.fault.Do = sim.DropRequest
			s := newScheduler(t, sim.Scenario{Faults: []sim.Fault{c.fault}})
			var token string
			if c.fault.On != "token" {
				token = tokenOf(t, s, midnight)
			}
			got := ""
			for i := range 6 {
				r := s.Answer(midnight.Add(time.Duration(i)*time.Minute), ask("trigger", token,
					fmt.Sprintf(`{"batchName":"%c","batchType":"rest"}`, "AB"[i%2])))
				if r.Cut == sim.Closed {
					got += "x"
				} else {
					got += "."
				}
			}
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// Faults that do not break an answer add up, and so do their delays; of those that break it the first counts.
func TestFaultsAddUp(t *testing.T) {
	s := newScheduler(t, sim.Scenario{Faults: []sim.Fault{
		{Do: sim.Slow}, {Do: sim.Slow, Delay: time.Second}, {Do: sim.CodesAsNumbers}, {Do: sim.CodesIn4xx},
		{Do: sim.Truncate, Nth: 2}, {Do: sim.Reset, Nth: 2}, {Do: sim.KillRunner},
	}})
	token := tokenOf(t, s, midnight)
	r := s.Answer(midnight, ask("status", token, `{"batchRunId":"X"}`))
	if r.Status != 404 || r.Delay != 31*time.Second || !strings.HasSuffix(string(r.Body), `"statusCode":-3}`) {
		t.Errorf("%d after %s: %s", r.Status, r.Delay, r.Body)
	}
	if r := s.Answer(midnight, ask("status", token, `{"batchRunId":"X"}`)); r.Cut != sim.Half {
		t.Errorf("cut %d, want the first fault's", r.Cut)
	}
	if got, want := s.Struck(), []int{2, 2, 2, 2, 1, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("struck %v, want %v", got, want)
	}
}

// Tokens expire by a fault at a time, once, and by the number of a request.
func TestExpireToken(t *testing.T) {
	s := newScheduler(t, sim.Scenario{Faults: []sim.Fault{
		{Do: sim.ExpireToken, At: &sim.Clock{Hour: 1}}, {Do: sim.ExpireToken, On: "status", Nth: 4},
	}})
	token, status := tokenOf(t, s, midnight), []int{}
	look := func(at time.Duration) {
		status = append(status, s.Answer(midnight.Add(at), ask("status", token, `{"batchRunId":"X"}`)).Status)
	}
	look(59 * time.Minute)
	look(time.Hour)
	token = tokenOf(t, s, midnight.Add(time.Hour))
	look(2 * time.Hour)
	look(2 * time.Hour)
	if got, want := fmt.Sprint(status), "[200 401 200 401]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// invalid_grant ends a refresh token's life as the client sees it; the next grant is fine.
func TestInvalidGrant(t *testing.T) {
	s := newScheduler(t, sim.Scenario{Faults: []sim.Fault{{On: "token", Nth: 2, Do: sim.InvalidGrant}}})
	var status []int
	for range 3 {
		status = append(status, s.Answer(midnight, tokenRequest("grant_type=client_credentials")).Status)
	}
	if got, want := fmt.Sprint(status), "[200 400 200]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A clock time is meant in the plan's zone: the first such time after the night begins.
func TestClockTimesHaveAZone(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	ten := sim.Clock{Hour: 0, Minute: 10}
	for zone, want := range map[*time.Location]time.Time{
		nil:   midnight.Add(10 * time.Minute),
		paris: midnight.Add(23*time.Hour + 10*time.Minute), // 00:10 in Paris was 50 minutes before midnight
	} {
		if got := ten.After(midnight, zone); !got.Equal(want) {
			t.Errorf("in %s: %s, want %s", zone, got.UTC(), want)
		}
	}
}

// What is impossible is refused when the scheduler is made, all of it at once.
func TestNewRefusesTheImpossible(t *testing.T) {
	_, err := sim.New(sim.Scenario{
		Batches: map[string]sim.Batch{"A": {
			Duration: sim.Lasting(-time.Hour), Tasks: []sim.Task{{Code: "T", After: []string{"T"}}},
		}},
		Faults: []sim.Fault{{Do: "explode"}},
	}, sim.Options{})
	want := "scenario: batches.A.duration: a duration cannot be negative\n" +
		"batches.A.tasks.T.after: task \"T\" cannot come after itself\nfaults.0.do: \"explode\" is no fault"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// A group cannot outlast its own end, scripted or ordered, and a start of a group can fail as a whole.
func TestGroupsEndAsScripted(t *testing.T) {
	sc := sim.Scenario{Groups: map[string]sim.Group{"G": {
		Members: []sim.Member{{Code: "A"}, {Code: "B", After: []string{"A"}}},
		Starts: []sim.Start{
			{AbortsAt: 7 * time.Minute}, {Fails: sim.Whole}, {Hangs: sim.Whole}, {Holds: []string{"B"}}, {Refuse: -4},
			{InterruptedAt: time.Hour},
		},
	}}}
	s := newScheduler(t, sc)
	token := tokenOf(t, s, midnight)
	trigger := ask("trigger", token, `{"batchName":"G","batchType":"group"}`)
	at := func(m time.Duration) time.Time { return midnight.Add(m * time.Minute) }
	for i, c := range []struct{ code6, code8, code11, code60 string }{
		{"2", "3", "3", "3"}, {"2", "2", "-1", "-1"}, {"2", "2", "2", "2"}, {"5", "5", "5", "5"}, {}, {"2", "2", "2", "-2"},
	} {
		if c.code6 == "" {
			if got := codeOf(s.Answer(midnight, trigger)); got != "-4" {
				t.Errorf("start %d: %s", i+1, got)
			}
			continue
		}
		run := start(t, s, midnight, trigger)
		got := fmt.Sprint(runCode(t, s, token, run, at(6)), runCode(t, s, token, run, at(8)),
			runCode(t, s, token, run, at(11)), runCode(t, s, token, run, at(60)))
		if want := fmt.Sprint(c.code6, c.code8, c.code11, c.code60); got != want {
			t.Errorf("start %d: %s, want %s", i+1, got, want)
		}
	}
}

package sim

import "time"

// Demo is the night behind --target sim: batches take seconds, and of what examples/plans/nightly.yaml orders one
// task fails and is restarted, one batch hangs until it is interrupted and then runs again, and a group's members
// follow each other. The load of examples/plans/recover.yaml fails twice. What it does not name succeeds
// in two seconds.
func Demo() Scenario {
	seconds := func(n float64) *Length {
		d := time.Duration(n * float64(time.Second))
		return &Length{Mean: d, Spread: d / 10}
	}
	return Scenario{
		Seed:    1,
		Unknown: Unknown{Duration: seconds(2)},
		Batches: map[string]Batch{
			"DATA_LOAD": {
				Tasks: []Task{
					{Code: "EXTRACT", Duration: seconds(2)},
					{Code: "STAGE_OLD", Duration: seconds(1), After: []string{"EXTRACT"}},
					{Code: "TRANSFORM", Duration: seconds(2), After: []string{"EXTRACT"}},
					{Code: "STAGE_TXN", Duration: seconds(2), After: []string{"TRANSFORM", "STAGE_OLD"}},
				},
				Starts: []Start{{Fails: "TRANSFORM"}},
			},
			"WATCHLIST_LOAD": {Duration: seconds(5)},
			"NAME_SCREENING": {
				Tasks: []Task{
					{Code: "PREPARE", Duration: seconds(1)},
					{Code: "MATCH", Duration: seconds(2), After: []string{"PREPARE"}},
					{Code: "ALERTS", Duration: seconds(1), After: []string{"MATCH"}},
				},
				Starts: []Start{{Hangs: "MATCH"}},
			},
			"TXN_LOAD": {
				Tasks: []Task{
					{Code: "FETCH", Duration: seconds(2)},
					{Code: "POST", Duration: seconds(2), After: []string{"FETCH"}},
				},
				Starts: []Start{{Fails: "POST"}, {Fails: "POST"}},
			},
		},
		Groups: map[string]Group{
			"SCORE_RETAIL": {Members: []Member{
				{Code: "SCORE_ACCOUNTS", Own: &Batch{Duration: seconds(4)}},
				{Code: "SCORE_CUSTOMERS", Own: &Batch{Duration: seconds(2)}, After: []string{"SCORE_ACCOUNTS"}},
			}},
		},
	}
}

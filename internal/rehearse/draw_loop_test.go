package rehearse

// loopNights are those whose plans have steps with foreach.
func loopNights(seed uint64) bool { return seed%5 == 2 }

// lists are what steps go over.
var lists = []string{"[A, B]", "[A, B, C]", "{x: [A, B], y: [1, 2]}", "[]", "[ONE]"}

// loop draws that a step goes over a list: over that of the step its verb is about.
func (d *drawer) loop(id, about string) {
	list := d.loops[about]
	if !d.loopy || about != "" && list == "" || about == "" && d.odds(3) {
		return
	}
	if about == "" {
		list = pick(d, lists...)
	}
	d.loops[id] = list
	d.line(4, "foreach: %s", list)
	if list[0] == '[' {
		d.line(4, "as: x")
	}
	d.line(4, "max_parallel: %d", 1+d.IntN(3))
}

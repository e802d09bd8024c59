package plan

// Below lists the indexes of the steps that wait for step i, directly or through others, in file order. Finally
// steps are not among them. It costs the whole plan.
func (p *Plan) Below(i int) []int {
	direct := make([][]int, p.FinallyAt)
	for j := range p.FinallyAt {
		for _, n := range p.Steps[j].Needs {
			direct[n] = append(direct[n], j)
		}
	}
	seen := make([]bool, p.FinallyAt)
	todo := []int{i}
	visit := func(j int) {
		if !seen[j] {
			seen[j] = true
			todo = append(todo, j)
		}
	}
	above := p.FinallyAt // from here down every step that waits for all above it has been visited
	for len(todo) > 0 {
		j := todo[0]
		todo = todo[1:]
		for _, d := range direct[j] {
			visit(d)
		}
		for k := j + 1; k < above; k++ {
			if p.Steps[k].Above {
				visit(k)
			}
		}
		above = min(above, j+1)
	}
	var below []int
	for j, s := range seen {
		if s && j != i {
			below = append(below, j)
		}
	}
	return below
}

package readable

import "fmt"

// diffContext is how many lines that agree are shown around those that do not.
const diffContext = 2

// Diff shows how got differs from want: "- " before what is missing, "+ " before what was not wanted, two
// blanks before what agrees. Long stretches that agree are left out.
func Diff(want, got []string) []string {
	head := 0
	for head < len(want) && head < len(got) && want[head] == got[head] {
		head++
	}
	tail := 0
	for tail < len(want)-head && tail < len(got)-head && want[len(want)-1-tail] == got[len(got)-1-tail] {
		tail++
	}
	lines := prefixed("  ", want[:head])
	lines = append(lines, middle(want[head:len(want)-tail], got[head:len(got)-tail])...)
	lines = append(lines, prefixed("  ", want[len(want)-tail:])...)
	return folded(lines)
}

func prefixed(prefix string, list []string) []string {
	out := make([]string, len(list))
	for i, line := range list {
		out[i] = prefix + line
	}
	return out
}

// middle is the part in which first and last lines differ. One too large to compare line by line is shown as taken
// away and put in.
func middle(want, got []string) []string {
	const most = 1 << 20
	if len(want)*len(got) > most {
		return append(prefixed("- ", want), prefixed("+ ", got)...)
	}
	common := commonTails(want, got)
	var lines []string
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		switch {
		case i < len(want) && j < len(got) && want[i] == got[j]:
			lines = append(lines, "  "+want[i])
			i++
			j++
		case j == len(got) || i < len(want) && common[i+1][j] >= common[i][j+1]:
			lines = append(lines, "- "+want[i])
			i++
		default:
			lines = append(lines, "+ "+got[j])
			j++
		}
	}
	return lines
}

// commonTails tells for each pair of tails how long their longest common part is.
func commonTails(a, b []string) [][]int {
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}

// folded leaves out long stretches that agree.
func folded(lines []string) []string {
	near := make([]bool, len(lines))
	for i, line := range lines {
		if line[0] == ' ' {
			continue
		}
		for j := max(0, i-diffContext); j <= min(len(lines)-1, i+diffContext); j++ {
			near[j] = true
		}
	}
	var out []string
	for i := 0; i < len(lines); i++ {
		if near[i] {
			out = append(out, lines[i])
			continue
		}
		first := i
		for i < len(lines) && !near[i] {
			i++
		}
		if n := i - first; n > 1 {
			out = append(out, fmt.Sprintf("  … %d more", n))
		} else {
			out = append(out, lines[first])
		}
		i--
	}
	return out
}

package source

// Differs finds the first value of a that is not the same in b, wherever they stand: as another text, in quotes or brackets where it was
// in none, with other items or keys. Nil: there is none.
func Differs(a, b *Node) *Node {
	if a.Kind != b.Kind || a.Value != b.Value || a.Quoted != b.Quoted || a.Block != b.Block || a.Flow != b.Flow ||
		len(a.Items) != len(b.Items) || len(a.Fields) != len(b.Fields) {
		return a
	}
	for i := range a.Items {
		if d := Differs(a.Items[i], b.Items[i]); d != nil {
			return d
		}
	}
	for i := range a.Fields {
		if a.Fields[i].Key != b.Fields[i].Key {
			return a.Fields[i].Value
		}
		if d := Differs(a.Fields[i].Value, b.Fields[i].Value); d != nil {
			return d
		}
	}
	return nil
}

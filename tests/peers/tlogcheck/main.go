// tlogcheck judges what Probanda's log gives out with Go's own transparency log code, which shares no line with it.
//
//	tlogcheck proof VKEY PROOF ENTRY           a .tlog-proof file and the exact bytes of its entry
//	tlogcheck tree VKEY OLD NEW HASHES         two checkpoints and the consistency proof, a base64 hash a line
package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const head = "c2sp.org/tlog-proof@v1"

func main() {
	if len(os.Args) < 5 {
		fail(errors.New("say: proof VKEY PROOF ENTRY, or tree VKEY OLD NEW HASHES"))
	}
	verifier, err := note.NewVerifier(os.Args[2])
	fail(err)
	switch os.Args[1] {
	case "proof":
		proof(verifier, read(os.Args[3]), read(os.Args[4]))
	case "tree":
		grown(verifier, read(os.Args[3]), read(os.Args[4]), read(os.Args[5]))
	default:
		fail(errors.New("unknown: " + os.Args[1]))
	}
}

func proof(verifier note.Verifier, text, entry []byte) {
	opening, signed, found := strings.Cut(string(text), "\n\n")
	lines := strings.Split(opening, "\n")
	if !found || len(lines) < 2 || lines[0] != head || !strings.HasPrefix(lines[1], "index ") {
		fail(errors.New("not a proof"))
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	fail(err)
	size, root := checkpoint(verifier, []byte(signed))
	fail(tlog.CheckRecord(tlog.RecordProof(hashes(lines[2:])), size, root, index, tlog.RecordHash(entry)))
	fmt.Println("OK", index, size)
}

func grown(verifier note.Verifier, old, new, text []byte) {
	size1, root1 := checkpoint(verifier, old)
	size2, root2 := checkpoint(verifier, new)
	fail(tlog.CheckTree(tlog.TreeProof(hashes(strings.Fields(string(text)))), size2, root2, size1, root1))
	fmt.Println("OK", size1, size2)
}

// checkpoint opens a note and reads the three lines that were signed.  Go's own tlog.ParseTree is for its one
// database, whose first line is another.
func checkpoint(verifier note.Verifier, signed []byte) (int64, tlog.Hash) {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	fail(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		fail(errors.New("not a checkpoint of this log"))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	fail(err)
	return size, hashes(lines[2:3])[0]
}

func hashes(lines []string) []tlog.Hash {
	var made []tlog.Hash
	for _, line := range lines {
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != tlog.HashSize {
			fail(errors.New("not a hash: " + line))
		}
		var one tlog.Hash
		copy(one[:], raw)
		made = append(made, one)
	}
	return made
}

func read(path string) []byte {
	content, err := os.ReadFile(path)
	fail(err)
	return content
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
}

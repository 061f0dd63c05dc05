// Checks a log's static tile tree with nothing of Celosia's: golang.org/x/mod/sumdb, the code behind Go's checksum database.
//
//	tiles -key VKEY -tree FOLDER [-older CHECKPOINT] [-request FILE] [-proof FILE -entry FILE]
//
// FOLDER has checkpoint, tile/<L>/<N>[.p/<W>] and tile/entries/<N>[.p/<W>] (C2SP tlog-tiles). VKEY is the log's key, which the
// caller brings. In order: the checkpoint's signature; the root over all entries; every tile, and that no other file is there;
// the way from the older checkpoint to this one; a request of tlog-witness from the older size; one .tlog-proof with its entry.
//
// Ends with 0 and a line for each thing that holds, or with 1 and the reason why one does not.
package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8 // of a tile: 256 hashes
	width  = 1 << height
)

func main() {
	key := flag.String("key", "", "the log's key: NAME+ID+KEY")
	tree := flag.String("tree", "", "the folder with the static tile tree")
	older := flag.String("older", "", "an older checkpoint of the same log")
	request := flag.String("request", "", "what a witness is asked, from the older checkpoint's size to the tree's")
	proof := flag.String("proof", "", "a .tlog-proof under the tree's checkpoint")
	entry := flag.String("entry", "", "the bytes of the entry that is proved")
	flag.Parse()
	if *key == "" || *tree == "" || flag.NArg() > 0 || (*proof == "") != (*entry == "") || (*request != "" && *older == "") {
		flag.Usage()
		os.Exit(2)
	}
	if err := check(*key, *tree, *older, *request, *proof, *entry); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
}

func check(key, folder, older, request, proof, entry string) error {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return fmt.Errorf("key: %w", err)
	}
	tree, err := readCheckpoint(filepath.Join(folder, "checkpoint"), verifier)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	fmt.Printf("checkpoint: %d entries, signed by %s\n", tree.N, verifier.Name())
	hashes, err := checkEntries(folder, tree)
	if err != nil {
		return fmt.Errorf("entries: %w", err)
	}
	fmt.Println("entries: their root is the checkpoint's")
	count, err := checkTiles(folder, tree, hashes)
	if err != nil {
		return fmt.Errorf("tiles: %w", err)
	}
	fmt.Printf("tiles: %d files, each as the entries give it\n", count)
	if older != "" {
		before, err := checkOlder(older, verifier, folder, tree)
		if err != nil {
			return fmt.Errorf("older checkpoint: %w", err)
		}
		fmt.Printf("older checkpoint: the tree begins with its %d entries\n", before.N)
		if request != "" {
			if err := checkRequest(request, verifier, before, tree); err != nil {
				return fmt.Errorf("request: %w", err)
			}
			fmt.Println("request: its path leads from the older checkpoint to this one")
		}
	}
	if proof != "" {
		index, err := checkProof(proof, entry, verifier, tree)
		if err != nil {
			return fmt.Errorf("proof: %w", err)
		}
		fmt.Printf("proof: the entry stands at %d\n", index)
	}
	return nil
}

// readCheckpoint opens a checkpoint under the log's key. Further signatures are passed over: witnesses' keys are not known here.
func readCheckpoint(file string, verifier note.Verifier) (tlog.Tree, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return tlog.Tree{}, err
	}
	return openCheckpoint(raw, verifier)
}

func openCheckpoint(raw []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(raw, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return tlog.Tree{}, errors.New("it has not three lines")
	}
	if lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("it is of the log %q", lines[0])
	}
	// This package reads the form of one log only, and differs from tlog-checkpoint in the first line alone.
	return tlog.ParseTree([]byte("go.sum database tree\n" + lines[1] + "\n" + lines[2] + "\n"))
}

// inMemory are the hashes of a whole tree, in the order of tlog.StoredHashIndex.
type inMemory []tlog.Hash

func (hashes inMemory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	read := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(hashes)) {
			return nil, fmt.Errorf("there is no hash %d", index)
		}
		read[i] = hashes[index]
	}
	return read, nil
}

// checkEntries computes the whole tree anew from the entry bundles.
func checkEntries(folder string, tree tlog.Tree) (inMemory, error) {
	var hashes inMemory
	for first := int64(0); first < tree.N; first += width {
		count := tree.N - first
		if count > width {
			count = width
		}
		name := "tile/entries/" + place(first/width, int(count))
		raw, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		for at := first; at < first+count; at++ {
			if len(raw) < 2 || len(raw)-2 < int(raw[0])<<8|int(raw[1]) {
				return nil, fmt.Errorf("%s ends within entry %d", name, at)
			}
			end := 2 + (int(raw[0])<<8 | int(raw[1]))
			added, err := tlog.StoredHashes(at, raw[2:end], hashes)
			if err != nil {
				return nil, err
			}
			hashes = append(hashes, added...)
			raw = raw[end:]
		}
		if len(raw) > 0 {
			return nil, fmt.Errorf("%s has %d bytes too many", name, len(raw))
		}
	}
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return nil, err
	}
	if root != tree.Hash {
		return nil, fmt.Errorf("their root is %v, the checkpoint's is %v", root, tree.Hash)
	}
	return hashes, nil
}

// checkTiles compares every file below tile/ with what the entries give: the tiles of this size must all be there, partial ones
// of smaller sizes may be.
func checkTiles(folder string, tree tlog.Tree, hashes inMemory) (int, error) {
	wanted := map[string]bool{}
	for _, tile := range tlog.NewTiles(height, 0, tree.N) { // it lists partial tiles of every width
		if tile.W == width || int64(tile.W) == tree.N>>(height*tile.L)%width {
			wanted[onDisk(tile)] = true
		}
	}
	for first := int64(0); first < tree.N; first += width {
		count := tree.N - first
		if count > width {
			count = width
		}
		wanted["tile/entries/"+place(first/width, int(count))] = true
	}
	count := 0
	err := filepath.WalkDir(filepath.Join(folder, "tile"), func(file string, found fs.DirEntry, err error) error {
		if err != nil || found.IsDir() {
			return err
		}
		if !found.Type().IsRegular() {
			return fmt.Errorf("%s is not a plain file", file)
		}
		relative, err := filepath.Rel(folder, file)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(relative)
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, "tile/entries/") {
			err = checkBundle(name, raw, tree, hashes)
		} else {
			err = checkTile(name, raw, tree, hashes)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		delete(wanted, name)
		count++
		return nil
	})
	if err != nil {
		return 0, err
	}
	for name := range wanted {
		return 0, fmt.Errorf("%s is missing", name)
	}
	return count, nil
}

func checkTile(name string, raw []byte, tree tlog.Tree, hashes inMemory) error {
	tile, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/%s", height, strings.TrimPrefix(name, "tile/")))
	if err != nil {
		return err
	}
	if !within(tile, tree) {
		return errors.New("the log has no such tile")
	}
	right, err := tlog.ReadTileData(tile, hashes)
	if err != nil {
		return err
	}
	if !bytes.Equal(raw, right) {
		return errors.New("other hashes than the entries give")
	}
	return nil
}

// checkBundle looks at bundles that checkEntries did not read, too: those of smaller sizes.
func checkBundle(name string, raw []byte, tree tlog.Tree, hashes inMemory) error {
	tile, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/0/%s", height, strings.TrimPrefix(name, "tile/entries/")))
	if err != nil {
		return err
	}
	if !within(tile, tree) {
		return errors.New("the log has no such bundle")
	}
	for at := tile.N * width; at < tile.N*width+int64(tile.W); at++ {
		if len(raw) < 2 || len(raw)-2 < int(raw[0])<<8|int(raw[1]) {
			return fmt.Errorf("it ends within entry %d", at)
		}
		end := 2 + (int(raw[0])<<8 | int(raw[1]))
		if tlog.RecordHash(raw[2:end]) != hashes[tlog.StoredHashIndex(0, at)] {
			return fmt.Errorf("another entry %d", at)
		}
		raw = raw[end:]
	}
	if len(raw) > 0 {
		return fmt.Errorf("%d bytes too many", len(raw))
	}
	return nil
}

// within says whether a log of this size has had such a tile.
func within(tile tlog.Tile, tree tlog.Tree) bool {
	return tile.L >= 0 && tile.L < 8 && tile.N*width+int64(tile.W) <= tree.N>>(height*tile.L)
}

// onDisk is where a tile stands: this package's paths say the height, those of tlog-tiles do not.
func onDisk(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
}

func place(index int64, count int) string {
	return strings.TrimPrefix(onDisk(tlog.Tile{H: height, L: 0, N: index, W: count}), "tile/0/")
}

// onlyTiles reads tiles as any client of the log does: entries are not looked at, each tile is checked against the root.
type onlyTiles struct{ folder string }

func (reader onlyTiles) Height() int { return height }

func (reader onlyTiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	read := make([][]byte, len(tiles))
	for i, tile := range tiles {
		raw, err := os.ReadFile(filepath.Join(reader.folder, filepath.FromSlash(path.Clean(onDisk(tile)))))
		if err != nil {
			return nil, err
		}
		read[i] = raw
	}
	return read, nil
}

func (reader onlyTiles) SaveTiles([]tlog.Tile, [][]byte) {}

// checkOlder shows twice that the tree begins with an older one: by its root, and by a proof from the tiles.
func checkOlder(file string, verifier note.Verifier, folder string, tree tlog.Tree) (tlog.Tree, error) {
	older, err := readCheckpoint(file, verifier)
	if err != nil {
		return older, err
	}
	if older.N < 1 || older.N > tree.N {
		return older, fmt.Errorf("no proof leads from %d entries to %d", older.N, tree.N)
	}
	tiles := tlog.TileHashReader(tree, onlyTiles{folder})
	root, err := tlog.TreeHash(older.N, tiles)
	if err != nil {
		return older, err
	}
	if root != older.Hash {
		return older, fmt.Errorf("the tree's first %d entries have the root %v, not %v", older.N, root, older.Hash)
	}
	path, err := tlog.ProveTree(tree.N, older.N, tiles)
	if err != nil {
		return older, err
	}
	return older, tlog.CheckTree(path, tree.N, tree.Hash, older.N, older.Hash)
}

// checkRequest checks the path in a request of tlog-witness: `old N`, hashes, an empty line, and the tree's checkpoint.
func checkRequest(file string, verifier note.Verifier, older, tree tlog.Tree) error {
	first, path, signed, err := readLines(file)
	if err != nil {
		return err
	}
	if len(first) != 1 || first[0] != fmt.Sprintf("old %d", older.N) {
		return errors.New("it is from another size")
	}
	asked, err := openCheckpoint(signed, verifier)
	if err != nil {
		return err
	}
	if asked != tree {
		return errors.New("it is about another tree")
	}
	return tlog.CheckTree(path, tree.N, tree.Hash, older.N, older.Hash)
}

// checkProof checks a .tlog-proof for the bytes of an entry: two lines, hashes, an empty line, and the tree's checkpoint.
func checkProof(file, entry string, verifier note.Verifier, tree tlog.Tree) (int64, error) {
	head, path, signed, err := readLines(file)
	if err != nil {
		return 0, err
	}
	if len(head) != 2 || head[0] != "c2sp.org/tlog-proof@v1" {
		return 0, errors.New("it is no tlog-proof@v1 without extra")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(head[1], "index "), 10, 64)
	if err != nil || head[1] != fmt.Sprintf("index %d", index) {
		return 0, errors.New("it has no index")
	}
	proved, err := openCheckpoint(signed, verifier)
	if err != nil {
		return 0, err
	}
	if proved != tree {
		return 0, errors.New("it is about another tree")
	}
	raw, err := os.ReadFile(entry)
	if err != nil {
		return 0, err
	}
	return index, tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(raw))
}

// readLines parts a file of lines and a checkpoint: the lines that are no hashes come first.
func readLines(file string) (head []string, hashes []tlog.Hash, signed []byte, err error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, nil, err
	}
	lines, signed, found := bytes.Cut(raw, []byte("\n\n"))
	if !found {
		return nil, nil, nil, errors.New("it has no empty line")
	}
	for _, line := range strings.Split(string(lines), "\n") {
		if strings.ContainsAny(line, " @") {
			if hashes != nil {
				return nil, nil, nil, fmt.Errorf("%q stands after a hash", line)
			}
			head = append(head, line)
			continue
		}
		hash, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(hash) != tlog.HashSize {
			return nil, nil, nil, fmt.Errorf("%q is no hash", line)
		}
		hashes = append(hashes, tlog.Hash(*(*[tlog.HashSize]byte)(hash)))
	}
	return head, hashes, signed, nil
}

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// An identity is whom a process runs as.
type identity struct {
	uid, gid uint32
	groups   []uint32
	home     string
}

// findUser looks a user up as an image config names it ("user", "uid", "user:group", "uid:gid"), in the image's own files.
func findUser(root *os.File, spec string, extra []string) (identity, error) {
	passwd, err := readTable(root, "/etc/passwd")
	if err != nil {
		return identity{}, err
	}
	group, err := readTable(root, "/etc/group")
	if err != nil {
		return identity{}, err
	}
	return resolveUser(passwd, group, spec, extra)
}

func readTable(root *os.File, path string) ([][]string, error) {
	file, err := openInRoot(root, path, syscall.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil // An image need not have it.
	}
	defer file.Close()
	return parseTable(io.LimitReader(file, 4<<20))
}

// parseTable reads passwd(5) or group(5).
func parseTable(in io.Reader) ([][]string, error) {
	var rows [][]string
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if row := strings.Split(line, ":"); line != "" && line[0] != '#' && len(row) >= 3 {
			rows = append(rows, row)
		}
	}
	return rows, lines.Err()
}

func resolveUser(passwd, group [][]string, spec string, extra []string) (identity, error) {
	id := identity{home: "/"}
	user, groupName, hasGroup := strings.Cut(spec, ":")
	if user == "" {
		user = "0"
	}
	row, number, isNumber := find(passwd, user)
	if row == nil && !isNumber {
		return id, fmt.Errorf("user %q is not in the image's /etc/passwd", user)
	}
	id.uid = number
	name := ""
	if row != nil {
		name = row[0]
		if len(row) >= 4 {
			gid, _ := strconv.ParseUint(row[3], 10, 32)
			id.gid = uint32(gid)
		}
		if len(row) >= 6 && row[5] != "" {
			id.home = row[5]
		}
	}
	if hasGroup && groupName != "" {
		row, number, isNumber := find(group, groupName)
		if row == nil && !isNumber {
			return id, fmt.Errorf("group %q is not in the image's /etc/group", groupName)
		}
		id.gid = number
	} else if name != "" {
		for _, row := range group {
			if len(row) >= 4 && contains(strings.Split(row[3], ","), name) {
				if gid, err := strconv.ParseUint(row[2], 10, 32); err == nil {
					id.add(uint32(gid))
				}
			}
		}
	}
	for _, name := range extra {
		row, number, isNumber := find(group, name)
		if row == nil && !isNumber {
			return id, fmt.Errorf("group %q is not in the image's /etc/group", name)
		}
		id.add(number)
	}
	return id, nil
}

// add adds a group, once.
func (id *identity) add(gid uint32) {
	for _, other := range id.groups {
		if other == gid {
			return
		}
	}
	id.groups = append(id.groups, gid)
}

// find finds a row by its name, else by its number.
func find(rows [][]string, name string) (row []string, number uint32, isNumber bool) {
	for _, row := range rows {
		if row[0] == name {
			id, err := strconv.ParseUint(row[2], 10, 32)
			return row, uint32(id), err == nil
		}
	}
	id, err := strconv.ParseUint(name, 10, 32)
	if err != nil {
		return nil, 0, false
	}
	for _, row := range rows {
		if other, err := strconv.ParseUint(row[2], 10, 32); err == nil && other == id {
			return row, uint32(id), true
		}
	}
	return nil, uint32(id), true
}

func contains(words []string, word string) bool {
	for _, other := range words {
		if other == word {
			return true
		}
	}
	return false
}

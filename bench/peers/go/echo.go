// Echo with one goroutine for each connection.
//
//	echo [-lines | -udp | -cert FILE -key FILE] [-port N | -unix PATH]
package main

import (
	"bufio"
	"crypto/tls"
	"flag"
	"fmt"
	"net"
)

const bufferBytes = 100 * 1024

func echo(conn net.Conn) {
	defer conn.Close()
	buffer := make([]byte, 4096)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		if _, err = conn.Write(buffer[:n]); err != nil {
			return
		}
		if n == len(buffer) && n < bufferBytes {
			buffer = make([]byte, 4*n)
		}
	}
}

func echoLines(conn net.Conn) {
	defer conn.Close()
	reader, writer := bufio.NewReader(conn), bufio.NewWriter(conn)
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return
		}
		writer.Write(line)
		if reader.Buffered() == 0 && writer.Flush() != nil {
			return
		}
	}
}

func echoDatagrams(conn *net.UDPConn) {
	buffer := make([]byte, bufferBytes)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		conn.WriteToUDPAddrPort(buffer[:n], from)
	}
}

func main() {
	lines := flag.Bool("lines", false, "")
	udp := flag.Bool("udp", false, "")
	port := flag.Int("port", 0, "")
	path := flag.String("unix", "", "")
	cert := flag.String("cert", "", "")
	key := flag.String("key", "", "")
	flag.String("api", "", "")
	flag.Parse()
	if *udp {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: *port})
		if err != nil {
			panic(err)
		}
		fmt.Println("listening", conn.LocalAddr().(*net.UDPAddr).Port)
		echoDatagrams(conn)
		return
	}
	network, address := "tcp4", fmt.Sprintf("127.0.0.1:%d", *port)
	if *path != "" {
		network, address = "unix", *path
	}
	listener, err := net.Listen(network, address)
	if err != nil {
		panic(err)
	}
	if *path != "" {
		fmt.Println("listening", *path)
	} else {
		fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port)
	}
	if *cert != "" {
		certificate, err := tls.LoadX509KeyPair(*cert, *key)
		if err != nil {
			panic(err)
		}
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}})
	}
	handle := echo
	if *lines {
		handle = echoLines
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			continue
		}
		go handle(conn)
	}
}

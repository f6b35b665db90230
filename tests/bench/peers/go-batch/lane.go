package main

// lane = one input topic -> one Postgres transaction per batch -> one output topic.
// Guarantees: offsets, inbound high-water sequence, state and outbox are one transaction;
// a session advisory lock on the very connection that runs the transactions fences zombies;
// the outbox is published in sequence order by an idempotent producer, so on every Kafka
// partition each record is preceded (somewhere) by all its predecessors and a per-partition
// high-water mark on the consumer is an exact dedupe.

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/klauspost/compress/s2"
	"github.com/twmb/franz-go/pkg/kgo"
)

const nparts = 4

const (
	oidBytea = 17
	oidInt8  = 20
	oidText  = 25
	oidUUID  = 2950
)

var be = binary.BigEndian

// arr builds a one-dimensional Postgres binary array.
type arr struct {
	b   []byte
	n   uint32
	oid uint32
}

func (a *arr) reset(oid uint32) {
	if cap(a.b) < 20 {
		a.b = make([]byte, 20, 64<<10)
	}
	a.b, a.n, a.oid = a.b[:20], 0, oid
}
func (a *arr) str(s string) {
	a.b = be.AppendUint32(a.b, uint32(len(s)))
	a.b = append(a.b, s...)
	a.n++
}
func (a *arr) bytes(s []byte) {
	a.b = be.AppendUint32(a.b, uint32(len(s)))
	a.b = append(a.b, s...)
	a.n++
}
func (a *arr) i64(v int64) {
	a.b = be.AppendUint32(a.b, 8)
	a.b = be.AppendUint64(a.b, uint64(v))
	a.n++
}
func (a *arr) uuid(s string) error {
	if len(s) != 36 {
		return fmt.Errorf("bad uuid %q", s)
	}
	a.b = be.AppendUint32(a.b, 16)
	for i := 0; i < 36; {
		if s[i] == '-' {
			i++
			continue
		}
		h, l := hexv[s[i]], hexv[s[i+1]]
		if h|l > 15 {
			return fmt.Errorf("bad uuid %q", s)
		}
		a.b = append(a.b, h<<4|l)
		i += 2
	}
	a.n++
	return nil
}
func (a *arr) param() []byte {
	if a.n == 0 {
		h := make([]byte, 12)
		be.PutUint32(h[8:], a.oid)
		return h
	}
	be.PutUint32(a.b[0:], 1)
	be.PutUint32(a.b[4:], 0)
	be.PutUint32(a.b[8:], a.oid)
	be.PutUint32(a.b[12:], a.n)
	be.PutUint32(a.b[16:], 1)
	return a.b
}

var hexv = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i := byte(0); i < 10; i++ {
		t['0'+i] = i
	}
	for i := byte(0); i < 6; i++ {
		t['a'+i], t['A'+i] = 10+i, 10+i
	}
	return
}()

func i8(v int64) []byte { return be.AppendUint64(nil, uint64(v)) }

func str(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// outBatch is what one transaction emits; recycled when Kafka acknowledged all of it.
type outBatch struct {
	buf     []byte // key|value|key|value...
	ends    []int  // end offsets, two per message
	recs    []kgo.Record
	hdrs    []kgo.RecordHeader
	seqb    []byte
	first   int64
	last    int64
	pending atomic.Int32
}

type handler interface {
	stmts() map[string]string
	// run decodes the records, sends its statements, and emits.
	run(l *lane, recs []*kgo.Record) error
}

type lane struct {
	id            int64
	schema        string
	src, dst      string
	h             handler
	pg            *pgconn.PgConn
	in, out       *kgo.Client
	st            map[string]*pgconn.StatementDescription
	pipe          *pgconn.Pipeline
	unread        int
	next, pub     int64
	off, hw       [nparts]int64
	ob            *outBatch
	comp          []byte
	a             [8]arr
	mu            sync.Mutex
	inflight      []*outBatch
	free          []*outBatch
	acked         atomic.Int64
	started       bool
	batches, msgs int64
}

var (
	prefix   = env("PREFIX", "go.")
	brokers  = env("BROKERS", "127.0.0.1:9092")
	pgurl    = env("PGURL", "")
	obMode   = env("OUTBOX", "blob")
	maxBatch = envi("BATCH", 1000)
	linger   = envi("LINGER_US", 1000)
	compress = env("COMPRESS", "lz4")
	pace     = time.Duration(envi("PACE_MS", 0)) * time.Millisecond
)

func env(k, d string) string {
	if v := os.Getenv(k); v != "" {
		return v
	}
	return d
}
func envi(k string, d int) int {
	v, err := strconv.Atoi(env(k, strconv.Itoa(d)))
	if err != nil {
		log.Fatal(k, err)
	}
	return v
}

func codec() kgo.CompressionCodec {
	switch compress {
	case "lz4":
		return kgo.Lz4Compression()
	case "snappy":
		return kgo.SnappyCompression()
	case "zstd":
		return kgo.ZstdCompression()
	}
	return kgo.NoCompression()
}

var ctx = context.Background()

func must(err error) {
	if err != nil {
		log.Output(2, "fatal: "+err.Error())
		os.Exit(1)
	}
}

func (l *lane) q(name string, params ...[]byte) {
	sd := l.st[name]
	f := fmts[:len(params)]
	l.pipe.SendQueryStatement(sd, params, f, fmts[:len(sd.Fields)])
	l.unread++
}

var fmts = []int16{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}

// drain reads the outstanding results but the last `keep`.
func (l *lane) drain(keep int) (tag pgconn.CommandTag, err error) {
	for l.unread > keep {
		r, err := l.pipe.GetResults()
		if err != nil {
			return tag, err
		}
		rr, ok := r.(*pgconn.ResultReader)
		if !ok {
			return tag, fmt.Errorf("unexpected %T", r)
		}
		if tag, err = rr.Close(); err != nil {
			return tag, err
		}
		l.unread--
	}
	return tag, nil
}

// rows flushes and returns the reader of the newest statement.
func (l *lane) rows() (*pgconn.ResultReader, error) {
	l.pipe.SendFlushRequest()
	if err := l.pipe.Flush(); err != nil {
		return nil, err
	}
	if _, err := l.drain(1); err != nil {
		return nil, err
	}
	r, err := l.pipe.GetResults()
	if err != nil {
		return nil, err
	}
	l.unread--
	return r.(*pgconn.ResultReader), nil
}

func (l *lane) emitKey(key string) { l.ob.buf = append(l.ob.buf, key...); l.end() }
func (l *lane) end()               { l.ob.ends = append(l.ob.ends, len(l.ob.buf)) }

func (l *lane) open() {
	cfg, err := pgconn.ParseConfig(pgurl)
	must(err)
	cfg.RuntimeParams["application_name"] = l.schema + ":" + l.src
	cfg.RuntimeParams["enable_seqscan"] = "off"
	cfg.RuntimeParams["enable_hashjoin"] = "off"
	cfg.RuntimeParams["enable_mergejoin"] = "off"
	cfg.RuntimeParams["enable_bitmapscan"] = "off"
	cfg.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	cfg.RuntimeParams["jit"] = "off"
	l.pg, err = pgconn.ConnectConfig(ctx, cfg)
	must(err)
	sc := l.schema
	// Fence: the previous owner's session must be gone before we read its state.
	must(l.pg.ExecParams(ctx, "SELECT pg_advisory_lock($1::text::bigint)", [][]byte{strconv.AppendInt(nil, 7000+l.id, 10)}, nil, nil, nil).Read().Err)
	sql := map[string]string{
		"begin":  "BEGIN",
		"commit": "COMMIT",
		"load":   "SELECT next_seq, published, off[1],off[2],off[3],off[4],hw[1],hw[2],hw[3],hw[4] FROM " + sc + ".lane WHERE lane=$1::bigint",
		"lane": "UPDATE " + sc + ".lane SET next_seq=$2::bigint, published=$3::bigint, off=$4::bigint[], hw=$5::bigint[], processed=processed+$6::bigint, " +
			"first_us=coalesce(first_us,$7::bigint), last_us=$8::bigint WHERE lane=$1::bigint",
		"obdel": "DELETE FROM " + sc + ".outbox WHERE lane=$1::bigint AND last_seq<=$2::bigint",
		"mark":  "UPDATE " + sc + ".lane SET published=$2::bigint WHERE lane=$1::bigint",
	}
	if obMode == "blob" {
		sql["ob"] = "INSERT INTO " + sc + ".outbox(lane,last_seq,data) VALUES($1::bigint,$2::bigint,$3::bytea)"
		sql["obload"] = "SELECT last_seq, data FROM " + sc + ".outbox WHERE lane=$1::bigint AND last_seq>$2::bigint ORDER BY last_seq"
	} else {
		sql["ob"] = "INSERT INTO " + sc + ".outbox(lane,last_seq,key,data) SELECT $1::bigint, $2::bigint+ord-1, k, v FROM unnest($3::text[],$4::bytea[]) WITH ORDINALITY u(k,v,ord)"
		sql["obload"] = "SELECT last_seq, key, data FROM " + sc + ".outbox WHERE lane=$1::bigint AND last_seq>$2::bigint ORDER BY last_seq"
	}
	for k, v := range l.h.stmts() {
		sql[k] = v
	}
	l.st = map[string]*pgconn.StatementDescription{}
	for k, v := range sql {
		sd, err := l.pg.Prepare(ctx, k, v, nil)
		if err != nil {
			must(fmt.Errorf("%s: %w", k, err))
		}
		l.st[k] = sd
	}
	r := l.pg.ExecPrepared(ctx, "load", [][]byte{i8(l.id)}, fmts[:1], fmts[:10]).Read()
	must(r.Err)
	v := r.Rows[0]
	g := func(i int) int64 { return int64(be.Uint64(v[i])) }
	l.next, l.pub = g(0), g(1)
	for p := range nparts {
		l.off[p], l.hw[p] = g(2+p), g(6+p)
	}
	l.acked.Store(l.pub)
	common := []kgo.Opt{kgo.SeedBrokers(brokers), kgo.ClientID(l.schema)}
	l.out, err = kgo.NewClient(append(common,
		kgo.DefaultProduceTopic(prefix+l.dst),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ProducerLinger(time.Duration(linger)*time.Microsecond),
		kgo.ProducerBatchCompression(codec()),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
		kgo.StopProducerOnDataLossDetected(),
		kgo.MaxBufferedRecords(20000),
	)...)
	must(err)
	// Replay what was committed but not marked published.
	r = l.pg.ExecPrepared(ctx, "obload", [][]byte{i8(l.id), i8(l.pub)}, fmts[:2], fmts[:3-b2i(obMode == "blob")]).Read()
	must(r.Err)
	n := 0
	for _, row := range r.Rows {
		l.take()
		l.ob.last = int64(be.Uint64(row[0]))
		if obMode == "blob" {
			raw, err := s2.Decode(nil, row[1])
			must(err)
			for len(raw) > 0 {
				k := int(be.Uint32(raw))
				l.ob.buf = append(l.ob.buf, raw[4:4+k]...)
				l.end()
				raw = raw[4+k:]
			}
		} else {
			l.ob.buf = append(append(l.ob.buf, row[1]...), row[2]...)
			l.ob.ends = append(l.ob.ends, len(row[1]), len(l.ob.buf))
		}
		l.ob.first = l.ob.last - int64(len(l.ob.ends)/2) + 1
		n += len(l.ob.ends) / 2
		l.publish()
	}
	if n > 0 {
		log.Printf("%s %s: replayed %d outbox messages from seq %d", l.schema, l.dst, n, l.pub+1)
	}
	offs := map[int32]kgo.Offset{}
	for p := range nparts {
		offs[int32(p)] = kgo.NewOffset().At(l.off[p])
	}
	l.in, err = kgo.NewClient(append(common,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{prefix + l.src: offs}),
		kgo.FetchMaxPartitionBytes(int32(envi("FETCH_PART", 512<<10))),
		kgo.FetchMinBytes(1),
		kgo.FetchMaxWait(500*time.Millisecond),
		kgo.FetchIsolationLevel(kgo.ReadUncommitted()),
	)...)
	must(err)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (l *lane) take() {
	l.mu.Lock()
	if n := len(l.free); n > 0 {
		l.ob, l.free = l.free[n-1], l.free[:n-1]
	} else {
		l.ob = &outBatch{}
	}
	l.mu.Unlock()
	l.ob.buf, l.ob.ends = l.ob.buf[:0], l.ob.ends[:0]
}

// publish hands the committed batch to the idempotent producer (in sequence order).
func (l *lane) publish() {
	ob := l.ob
	l.ob = nil
	n := len(ob.ends) / 2
	if n == 0 {
		l.mu.Lock()
		l.free = append(l.free, ob)
		l.mu.Unlock()
		return
	}
	if cap(ob.recs) < n {
		ob.recs, ob.hdrs, ob.seqb = make([]kgo.Record, n), make([]kgo.RecordHeader, n), make([]byte, 8*n)
	}
	ob.recs = ob.recs[:n]
	ob.pending.Store(int32(n))
	l.mu.Lock()
	l.inflight = append(l.inflight, ob)
	l.mu.Unlock()
	now := time.Now()
	s := 0
	cb := func(_ *kgo.Record, err error) {
		if err != nil {
			must(fmt.Errorf("produce: %w", err)) // crash-only: restart replays the outbox
		}
		if ob.pending.Add(-1) == 0 {
			l.mu.Lock()
			for len(l.inflight) > 0 && l.inflight[0].pending.Load() == 0 {
				l.acked.Store(l.inflight[0].last)
				if len(l.free) < 8 {
					l.free = append(l.free, l.inflight[0])
				}
				l.inflight = l.inflight[1:]
			}
			l.mu.Unlock()
		}
	}
	for i := range n {
		k, e := ob.ends[2*i], ob.ends[2*i+1]
		sb := ob.seqb[8*i : 8*i+8]
		be.PutUint64(sb, uint64(ob.first+int64(i)))
		ob.hdrs[i] = kgo.RecordHeader{Key: "s", Value: sb}
		ob.recs[i] = kgo.Record{Key: ob.buf[s:k:k], Value: ob.buf[k:e:e], Headers: ob.hdrs[i : i+1 : i+1], Timestamp: now}
		s = e
		l.out.Produce(ctx, &ob.recs[i], cb)
	}
}

// tx runs one batch as one pipelined transaction.
func (l *lane) tx(recs []*kgo.Record, off, hw [nparts]int64, t0 int64) (err error) {
	l.take()
	l.pipe, l.unread = l.pg.StartPipeline(ctx), 0
	defer func() {
		if e := l.pipe.Close(); err == nil {
			err = e
		}
	}()
	l.q("begin")
	if len(recs) > 0 {
		if err = l.h.run(l, recs); err != nil {
			return err
		}
	}
	ob := l.ob
	n := int64(len(ob.ends) / 2)
	ob.first, ob.last = l.next, l.next+n-1
	if n > 0 {
		if obMode == "blob" {
			raw := l.comp[:0]
			s := 0
			for _, e := range ob.ends {
				raw = be.AppendUint32(raw, uint32(e-s))
				raw = append(raw, ob.buf[s:e]...)
				s = e
			}
			l.comp = raw
			l.q("ob", i8(l.id), i8(ob.last), s2.Encode(nil, raw))
		} else {
			k, v := &l.a[6], &l.a[7]
			k.reset(oidText)
			v.reset(oidBytea)
			s := 0
			for i := 0; i < len(ob.ends); i += 2 {
				k.bytes(ob.buf[s:ob.ends[i]])
				v.bytes(ob.buf[ob.ends[i]:ob.ends[i+1]])
				s = ob.ends[i+1]
			}
			l.q("ob", i8(l.id), i8(ob.first), k.param(), v.param())
		}
	}
	acked := l.acked.Load()
	if acked > l.pub {
		l.q("obdel", i8(l.id), i8(acked))
	}
	ao, ah := &l.a[4], &l.a[5]
	ao.reset(oidInt8)
	ah.reset(oidInt8)
	for p := range nparts {
		ao.i64(off[p])
		ah.i64(hw[p])
	}
	l.q("lane", i8(l.id), i8(l.next+n), i8(acked), ao.param(), ah.param(), i8(int64(len(recs))), i8(t0), i8(time.Now().UnixMicro()))
	l.q("commit")
	if err = l.pipe.Sync(); err != nil {
		return err
	}
	if _, err = l.drain(0); err != nil {
		return err
	}
	if _, err = l.pipe.GetResults(); err != nil { // PipelineSync
		return err
	}
	l.next += n
	l.pub = acked
	return nil
}

func (l *lane) loop() {
	l.open()
	var fresh []*kgo.Record
	var began time.Time
	full := true
	for {
		if pace > 0 && !full { // let a batch gather: at least `pace` between two transactions unless the last batch was full
			if d := pace - time.Since(began); d > 0 {
				time.Sleep(d)
			}
		}
		pctx, cancel := ctx, context.CancelFunc(nil)
		if l.next-1 > l.pub || l.acked.Load() > l.pub {
			pctx, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
		}
		fs := l.in.PollRecords(pctx, maxBatch)
		if cancel != nil {
			cancel()
		}
		t0 := time.Now().UnixMicro()
		fresh = fresh[:0]
		off, hw := l.off, l.hw
		got := 0
		for i := range fs {
			for j := range fs[i].Topics {
				for k := range fs[i].Topics[j].Partitions {
					p := &fs[i].Topics[j].Partitions[k]
					if p.Err != nil {
						if errors.Is(p.Err, context.DeadlineExceeded) || errors.Is(p.Err, context.Canceled) {
							continue
						}
						must(fmt.Errorf("fetch %s/%d: %w", l.src, p.Partition, p.Err))
					}
					for _, r := range p.Records {
						if r.Offset < off[r.Partition] {
							must(fmt.Errorf("offset went back %d<%d", r.Offset, off[r.Partition]))
						}
						got++
						off[r.Partition] = r.Offset + 1
						if len(r.Headers) == 1 && len(r.Headers[0].Value) == 8 {
							seq := int64(be.Uint64(r.Headers[0].Value))
							if seq <= hw[r.Partition] {
								continue // re-published by a restarted upstream
							}
							hw[r.Partition] = seq
						}
						fresh = append(fresh, r)
					}
				}
			}
		}
		if got == 0 && l.acked.Load() == l.pub {
			continue
		}
		if got > len(fresh) {
			log.Printf("%s %s: dropped %d duplicates", l.schema, l.src, got-len(fresh))
		}
		began, full = time.Now(), got >= maxBatch
		err := l.tx(fresh, off, hw, t0)
		if d, ok := l.h.(deduper); ok && err != nil {
			var pe *pgconn.PgError
			if errors.As(err, &pe) && pe.Code == "23505" {
				must(l.pg.Exec(ctx, "ROLLBACK").Close())
				l.mu.Lock()
				l.free = append(l.free, l.ob)
				l.mu.Unlock()
				fresh = d.dedupe(l, fresh)
				err = l.tx(fresh, off, hw, t0)
			}
		}
		must(err)
		l.off, l.hw = off, hw
		l.batches++
		l.msgs += int64(len(fresh))
		l.publish()
	}
}

type deduper interface {
	dedupe(l *lane, recs []*kgo.Record) []*kgo.Record
}

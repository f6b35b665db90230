// idio: the flow as most Go teams would write it - Watermill router, Kafka pub/sub (sarama),
// one database/sql transaction per message with an inbox table, SQL outbox + forwarder.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"
	wsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/components/forwarder"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	_ "github.com/jackc/pgx/v5/stdlib"
)

var prefix = os.Getenv("PREFIX")

type Line struct {
	Sku    string `json:"sku"`
	Qty    int64  `json:"qty"`
	Amount int64  `json:"amount,omitempty"`
}
type Order struct {
	Order    string `json:"order"`
	Account  string `json:"account"`
	Partner  string `json:"partner"`
	Node     string `json:"node"`
	PlacedAt string `json:"placed_at"`
	Currency string `json:"currency"`
	Lines    []Line `json:"lines"`
	Po       string `json:"po"`
	ShipTo   string `json:"ship_to"`
	State    string `json:"state,omitempty"`
	Total    int64  `json:"total,omitempty"`
	Schema   string `json:"schema,omitempty"`
	Source   string `json:"source,omitempty"`
}
type Priced struct {
	Order    string `json:"order"`
	Currency string `json:"currency"`
	Lines    []Line `json:"lines"`
	Total    int64  `json:"total"`
}
type Approval struct {
	Order    string `json:"order"`
	Account  string `json:"account"`
	Approved bool   `json:"approved"`
	Currency string `json:"currency"`
	Reason   string `json:"reason"`
	By       string `json:"requested_by"`
	Policy   string `json:"policy"`
	Schema   string `json:"schema"`
	Total    int64  `json:"total"`
}
type Reserve struct {
	Order    string `json:"order"`
	Node     string `json:"node"`
	Reserved bool   `json:"reserved"`
	Schema   string `json:"schema"`
	By       string `json:"requested_by"`
	Po       string `json:"po"`
	Lines    []Line `json:"lines"`
}
type Fulfilment struct {
	Order   string `json:"order"`
	Partner string `json:"partner"`
	Node    string `json:"node"`
	Po      string `json:"po"`
	ShipTo  string `json:"ship_to"`
	Lines   []Line `json:"lines"`
	Total   int64  `json:"total"`
}

type out struct {
	topic, key string
	v          any
}
type step struct {
	in, outTopic string
	f            func(ctx context.Context, tx *sql.Tx, payload []byte) (*out, error)
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func step1(tx *sql.Tx, ctx context.Context, p []byte) (*out, error) {
	var o Order
	if err := json.Unmarshal(p, &o); err != nil {
		return nil, err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO orders(id,account,partner,node,state,body,total) VALUES($1,$2,$3,$4,'received',$5,0)`, o.Order, o.Account, o.Partner, o.Node, string(p))
	return &out{"pricing.commands", o.Order, o}, err
}

func loadOrder(ctx context.Context, tx *sql.Tx, id, to, from string, total int64) (o Order, err error) {
	var body string
	q := `UPDATE orders SET state=$2 WHERE id=$1 AND state=$3 RETURNING body,total`
	a := []any{id, to, from}
	if total > 0 {
		q = `UPDATE orders SET state=$2,total=$4 WHERE id=$1 AND state=$3 RETURNING body,total`
		a = append(a, total)
	}
	var t int64
	if err = tx.QueryRowContext(ctx, q, a...).Scan(&body, &t); err != nil {
		return o, fmt.Errorf("order %s to %s: %w", id, to, err)
	}
	err = json.Unmarshal([]byte(body), &o)
	o.State, o.Total = to, t
	return
}

func steps(svc string, db *sql.DB) []step {
	switch svc {
	case "orders":
		return []step{
			{"orders.commands", "pricing.commands", func(ctx context.Context, tx *sql.Tx, p []byte) (*out, error) { return step1(tx, ctx, p) }},
			{"pricing.events", "approvals.commands", func(ctx context.Context, tx *sql.Tx, p []byte) (*out, error) {
				var e Priced
				if err := json.Unmarshal(p, &e); err != nil {
					return nil, err
				}
				o, err := loadOrder(ctx, tx, e.Order, "priced", "received", e.Total)
				return &out{"approvals.commands", o.Account, Approval{Order: o.Order, Account: o.Account, Currency: "EUR", Total: e.Total, Reason: "credit check for a priced order", By: "orders-service", Policy: "standard-credit-v1", Schema: "approvals.command/1"}}, err
			}},
			{"approvals.events", "catalog.commands", func(ctx context.Context, tx *sql.Tx, p []byte) (*out, error) {
				var e Approval
				if err := json.Unmarshal(p, &e); err != nil {
					return nil, err
				}
				o, err := loadOrder(ctx, tx, e.Order, "approved", "priced", 0)
				return &out{"catalog.commands", o.Node, Reserve{Order: o.Order, Node: o.Node, Lines: o.Lines, Po: o.Po, By: "orders-service", Schema: "catalog.command/1"}}, err
			}},
			{"catalog.events", "orders.events", func(ctx context.Context, tx *sql.Tx, p []byte) (*out, error) {
				var e Reserve
				if err := json.Unmarshal(p, &e); err != nil {
					return nil, err
				}
				o, err := loadOrder(ctx, tx, e.Order, "confirmed", "approved", 0)
				o.Schema, o.Source = "orders.event/1", "orders-service"
				return &out{"orders.events", o.Order, o}, err
			}},
		}
	case "pricing":
		price := map[string]int64{}
		rows, err := db.Query(`SELECT sku,amount FROM price`)
		must(err)
		for rows.Next() {
			var s string
			var a int64
			must(rows.Scan(&s, &a))
			price[s] = a
		}
		rows.Close()
		return []step{{"pricing.commands", "pricing.events", func(ctx context.Context, tx *sql.Tx, p []byte) (*out, error) {
			var o Order
			if err := json.Unmarshal(p, &o); err != nil {
				return nil, err
			}
			e := Priced{Order: o.Order, Currency: "EUR", Lines: o.Lines}
			for i := range e.Lines {
				a, ok := price[e.Lines[i].Sku]
				if !ok {
					return nil, fmt.Errorf("no price for %s", e.Lines[i].Sku)
				}
				e.Lines[i].Amount = a * e.Lines[i].Qty
				e.Total += e.Lines[i].Amount
			}
			l, err := json.Marshal(e.Lines)
			if err != nil {
				return nil, err
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO quote("order",total,lines) VALUES($1,$2,$3)`, e.Order, e.Total, string(l))
			return &out{"pricing.events", e.Order, e}, err
		}}}
	case "approvals":
		return []step{{"approvals.commands", "approvals.events", func(ctx context.Context, tx *sql.Tx, p []byte) (*out, error) {
			var c Approval
			if err := json.Unmarshal(p, &c); err != nil {
				return nil, err
			}
			r, err := tx.ExecContext(ctx, `UPDATE account SET reserved=reserved+$2 WHERE id=$1 AND reserved+$2<=credit_limit`, c.Account, c.Total)
			if err != nil {
				return nil, err
			}
			n, _ := r.RowsAffected()
			c.Approved = n == 1
			if c.Approved {
				if _, err = tx.ExecContext(ctx, `INSERT INTO reservation("order",account,amount) VALUES($1,$2,$3)`, c.Order, c.Account, c.Total); err != nil {
					return nil, err
				}
			}
			c.Reason, c.By, c.Schema = "decided", "approvals-service", "approvals.event/1"
			return &out{"approvals.events", c.Order, c}, nil
		}}}
	case "catalog":
		return []step{{"catalog.commands", "catalog.events", func(ctx context.Context, tx *sql.Tx, p []byte) (*out, error) {
			var c Reserve
			if err := json.Unmarshal(p, &c); err != nil {
				return nil, err
			}
			for _, l := range c.Lines {
				r, err := tx.ExecContext(ctx, `UPDATE stock SET reserved=reserved+$3 WHERE node=$1 AND sku=$2 AND on_hand-reserved>=$3`, c.Node, l.Sku, l.Qty)
				if err != nil {
					return nil, err
				}
				if n, _ := r.RowsAffected(); n != 1 {
					return nil, fmt.Errorf("shortage")
				}
			}
			b, err := json.Marshal(c.Lines)
			if err != nil {
				return nil, err
			}
			if _, err = tx.ExecContext(ctx, `INSERT INTO stock_reservation("order",node,lines) VALUES($1,$2,$3)`, c.Order, c.Node, string(b)); err != nil {
				return nil, err
			}
			c.Reserved, c.By, c.Schema = true, "catalog-service", "catalog.event/1"
			return &out{"catalog.events", c.Order, c}, nil
		}}}
	case "notifications":
		return []step{{"orders.events", "partners.fulfilment", func(ctx context.Context, tx *sql.Tx, p []byte) (*out, error) {
			var o Order
			if err := json.Unmarshal(p, &o); err != nil {
				return nil, err
			}
			f := Fulfilment{o.Order, o.Partner, o.Node, o.Po, o.ShipTo, o.Lines, o.Total}
			b, err := json.Marshal(f)
			if err != nil {
				return nil, err
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO notification("order",partner,body) VALUES($1,$2,$3)`, o.Order, o.Partner, string(b))
			return &out{"partners.fulfilment", o.Partner, f}, err
		}}}
	}
	log.Fatal("unknown service ", svc)
	return nil
}

func main() {
	log.SetFlags(log.Lmicroseconds)
	svc := os.Args[1]
	u, _ := url.Parse(os.Getenv("PGURL"))
	q := u.Query()
	q.Set("search_path", svc)
	u.RawQuery = q.Encode()
	db, err := sql.Open("pgx", u.String())
	must(err)
	db.SetMaxOpenConns(30)
	db.SetMaxIdleConns(30)
	logger := watermill.NewStdLogger(false, false)
	ctx := context.Background()
	_, err = db.Exec(`CREATE TABLE IF NOT EXISTS inbox(topic text, message_id text, at timestamptz not null default now(), primary key(topic,message_id))`)
	must(err)

	router, err := message.NewRouter(message.RouterConfig{}, logger)
	must(err)
	router.AddMiddleware(middleware.Recoverer, middleware.Retry{MaxRetries: 1000, InitialInterval: 50 * time.Millisecond, MaxInterval: time.Second, Multiplier: 2, Logger: logger}.Middleware)

	pcfg := kafka.DefaultSaramaSyncPublisherConfig()
	pcfg.Version = sarama.V3_6_0_0
	pcfg.Producer.RequiredAcks = sarama.WaitForAll
	pcfg.Producer.Idempotent = true
	pcfg.Net.MaxOpenRequests = 1
	pcfg.Producer.Retry.Max = 100
	marshaler := kafka.NewWithPartitioningMarshaler(func(_ string, m *message.Message) (string, error) { return m.Metadata.Get("key"), nil })
	kpub, err := kafka.NewPublisher(kafka.PublisherConfig{Brokers: []string{os.Getenv("BROKERS")}, Marshaler: marshaler, OverwriteSaramaConfig: pcfg}, logger)
	must(err)

	scfg := kafka.DefaultSaramaSubscriberConfig()
	scfg.Version = sarama.V3_6_0_0
	scfg.Consumer.Offsets.Initial = sarama.OffsetOldest
	ksub, err := kafka.NewSubscriber(kafka.SubscriberConfig{Brokers: []string{os.Getenv("BROKERS")}, Unmarshaler: marshaler, ConsumerGroup: prefix + svc, OverwriteSaramaConfig: scfg}, logger)
	must(err)

	perTopic := os.Getenv("OUTBOXES") != "1" // one outbox table and relay per destination topic (kinder) or per service (as in the documentation)
	poll := 50
	if v, err := strconv.Atoi(os.Getenv("POLL_MS")); err == nil {
		poll = v
	}
	fwds := map[string]bool{}
	for _, s := range steps(svc, db) {
		obTopic := "outbox"
		if perTopic {
			obTopic = "outbox_" + s.outTopic[:2] + strconv.Itoa(len(fwds))
		}
		if !fwds[obTopic] {
			fwds[obTopic] = true
			ssub, err := wsql.NewSubscriber(db, wsql.SubscriberConfig{ConsumerGroup: "fwd", PollInterval: time.Duration(poll) * time.Millisecond, SchemaAdapter: wsql.DefaultPostgreSQLSchema{}, OffsetsAdapter: wsql.DefaultPostgreSQLOffsetsAdapter{}, InitializeSchema: true}, logger)
			must(err)
			must(ssub.SubscribeInitialize(obTopic))
			fw, err := forwarder.NewForwarder(ssub, kpub, logger, forwarder.Config{ForwarderTopic: obTopic})
			must(err)
			go func() { must(fw.Run(ctx)) }()
		}
		router.AddConsumerHandler(s.in, prefix+s.in, ksub, func(msg *message.Message) error {
			id := msg.UUID
			if id == "" {
				p, _ := kafka.MessagePartitionFromCtx(msg.Context())
				o, _ := kafka.MessagePartitionOffsetFromCtx(msg.Context())
				id = fmt.Sprintf("%d-%d", p, o)
			}
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			defer tx.Rollback()
			r, err := tx.ExecContext(ctx, `INSERT INTO inbox(topic,message_id) VALUES($1,$2) ON CONFLICT DO NOTHING`, s.in, id)
			if err != nil {
				return err
			}
			if n, _ := r.RowsAffected(); n == 0 {
				return nil
			}
			o, err := s.f(ctx, tx, msg.Payload)
			if err != nil {
				return err
			}
			b, err := json.Marshal(o.v)
			if err != nil {
				return err
			}
			spub, err := wsql.NewPublisher(tx, wsql.PublisherConfig{SchemaAdapter: wsql.DefaultPostgreSQLSchema{}}, logger)
			if err != nil {
				return err
			}
			m := message.NewMessage(watermill.NewUUID(), b)
			m.Metadata.Set("key", o.key)
			if err := forwarder.NewPublisher(spub, forwarder.PublisherConfig{ForwarderTopic: obTopic}).Publish(prefix+o.topic, m); err != nil {
				return err
			}
			return tx.Commit()
		})
	}
	must(router.Run(ctx))
}

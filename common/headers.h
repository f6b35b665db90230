/* headers: a record's headers as text, the form in which the journal and the parked rows keep them:
 * lines "name=value", with \\, \n and bytes that are not printable UTF-8 escaped as \xHH. */
#ifndef COMMON_HEADERS_H
#define COMMON_HEADERS_H

#include "common/arena.h"
#include "common/bus.h"

void headers_add(struct buf *b, const char *name, struct str value);
struct str headers_pack(struct arena *a, const struct bus_header *headers, size_t count);
/* The same for an event of ours, which is packed for the journal and sent from the list: the values
 * move into the text (or the arena), so that the list lives as long; and before the text is room
 * for one line of HEADER_FRONT_SIZE bytes. */
enum { HEADER_FRONT_SIZE = 128 };
struct str headers_settle(struct arena *a, struct bus_header *headers, size_t count);
/* Fills that room, once: a line of plain characters. Returns the text that begins with it. */
struct str headers_front(struct str settled, const struct bus_header *first);
/* Views into packed text where nothing is escaped, else into the arena. Returns the count, at most
 * `room`. */
size_t headers_unpack(struct arena *a, struct str packed, struct bus_header *out, size_t room);
struct str headers_find(struct arena *a, struct str packed,
                        const char *name); /* STR_NONE when absent */

/* Printable ASCII without a backslash: what stands for itself in packed text. */
bool text_plain(struct str s);

/* The stream header: who told it, which link of which chain. "orders/3 1 1204 1198". */
struct stream_mark {
    struct str service;
    int32_t part;
    int64_t incarnation, seq, prev;
};
#define STREAM_HEADER      "batuta-stream"
/* A reconciled source begins a chain anew: "<old incarnation> <last seq it knows for this
 * destination>". */
#define CHAIN_START_HEADER "batuta-chain-start"
/* Set on routed records: where they first came to ("topic/partition/offset"), and when. */
#define ROUTED_FROM_HEADER "batuta-routed-from"
#define ROUTED_TIME_HEADER "batuta-routed-time" /* microseconds */

/* A record's headers that the runtime asks for, found in one pass. */
enum known_header {
    KNOWN_SPECVERSION = 0,
    KNOWN_ID,
    KNOWN_SOURCE,
    KNOWN_TYPE,
    KNOWN_SUBJECT,
    KNOWN_CORRELATION,
    KNOWN_TRACEPARENT,
    KNOWN_CONTENT_TYPE,
    KNOWN_AUTH,
    KNOWN_STREAM,
    KNOWN_CHAIN_START,
    KNOWN_ROUTED_FROM,
    KNOWN_ROUTED_TIME,
    KNOWN_COUNT
};
struct known_headers {
    struct str values[KNOWN_COUNT]; /* the last of each name; STR_NONE: absent */
    uint8_t counts[KNOWN_COUNT];
};
void known_headers_read(const struct bus_record *r, struct known_headers *out);
const char *known_header_name(enum known_header h);

/* Takes the text up to `stop` off the front of *rest; false when it is empty. */
bool word_next(struct str *rest, char stop, struct str *out) MUST_CHECK;
bool stream_mark_read(struct str text, struct stream_mark *out) MUST_CHECK;
struct str stream_mark_write(struct arena *a, const struct stream_mark *m);

#endif

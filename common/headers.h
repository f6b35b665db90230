/* headers: a record's headers as text, the form in which the journal and the parked rows keep them:
 * lines "name=value", with \\, \n and bytes that are not printable UTF-8 escaped as \xHH. */
#ifndef COMMON_HEADERS_H
#define COMMON_HEADERS_H

#include "common/arena.h"
#include "common/bus.h"

void headers_add(struct buf *b, const char *name, struct str value);
struct str headers_pack(struct arena *a, const struct bus_header *headers, size_t count);
/* Views into packed text where nothing is escaped, else into the arena. Returns the count, at most
 * `room`. */
size_t headers_unpack(struct arena *a, struct str packed, struct bus_header *out, size_t room);
struct str headers_find(struct arena *a, struct str packed,
                        const char *name); /* STR_NONE when absent */

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
/* Takes the text up to `stop` off the front of *rest; false when it is empty. */
bool word_next(struct str *rest, char stop, struct str *out) MUST_CHECK;
bool stream_mark_read(struct str text, struct stream_mark *out) MUST_CHECK;
struct str stream_mark_write(struct arena *a, const struct stream_mark *m);

#endif

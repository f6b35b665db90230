/* envelope: the CloudEvents 1.0.2 envelope of a record: binary mode (ce_* headers, value = data) or
 * structured mode (content-type application/cloudevents+json). */
#ifndef COMMON_ENVELOPE_H
#define COMMON_ENVELOPE_H

#include "common/headers.h"
#include "common/shape.h"

struct envelope {
    struct str id, source, type, subject, correlation, traceparent;
    struct str data; /* the JSON of the data; absent = none */
};

/* known: of the same record. False: *f says what is wrong (envelope_missing, envelope_invalid,
 * envelope_repeated, content_type_unknown, ...); what could be read is in *out all the same. */
bool envelope_read(const struct bus_record *r, const struct known_headers *known, struct arena *a,
                   struct envelope *out, struct fault *f) MUST_CHECK;

#endif

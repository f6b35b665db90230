/* answer: what a service says to a command. Polls GET /commands/{ce_id} of the service that owns
 * the command's topic. */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include "services/cli/fetch.h"
#include "services/cli/send.h"

struct answer {
    bool known, accepted;
    struct str code, path, text, remedy, detail;
    bool retriable;
    struct instant answered_at;
    struct str json; /* as the service wrote it */
};

/* One look. False: the service is away (ERR_RETRY). */
bool answer_look(struct cli *c, const char *service, struct str id, struct answer *out,
                 struct err *e) MUST_CHECK;
/* Until it is known or the time is over (then out->known is false). */
bool answer_wait(struct cli *c, const char *service, struct str id, struct answer *out,
                 struct err *e) MUST_CHECK;
/* Prints a refusal or an acceptance; returns the exit code that follows. */
int answer_print(struct cli *c, const struct parcel *p, const struct answer *a);
int answer_code(const struct answer *a);
/* The same for what is found wrong before anything is sent. */
int fault_print(struct cli *c, const char *what, const struct fault *f);

/* Checks, sends, waits (unless --no-wait) and prints. */
int command_run(struct cli *c, const char *type, struct str json);

/* Sleeps so long. */
void pause_ms(int ms);

#endif

/* Writes and replicas for forgetting.pml: what is live, and what must hold in every state. */
#define OFFICE 0
#define HQ 1
#define SECOND 2           /* under OLDER it runs an older program */
#ifdef SECOND_NODE
#define REPLICAS 3
#define LOGS (log[OFFICE] | log[HQ] | log[SECOND])
#define BYTES (bytes[OFFICE] | bytes[HQ] | bytes[SECOND])
#else
#define REPLICAS 2
#define LOGS (log[OFFICE] | log[HQ])
#define BYTES (bytes[OFFICE] | bytes[HQ])
#endif
#define BIT(x) (1 << (x))
#define EVERYTHING (BIT(WRITES) - 1)

/* What a write is for ever, wherever it is held. Sets of writes are bits. */
byte writes;               /* how many were made */
byte past[WRITES];         /* the log of its author when it was made */
byte named[WRITES];        /* the writes it names; of a deletion, those it lists */
byte deletions;            /* these are of the field `deleted` */
byte inert;                /* these may not be written by their author's role: they name nothing */
byte later;                /* these need a newer program than SECOND has: inert there */

/* A replica: groups held, groups whose bytes are held, and what its peers last said of their backups. */
byte log[REPLICAS];
byte bytes[REPLICAS];
byte covered[2 * REPLICAS];         /* [2r] by headquarters or by OFFICE, [2r + 1] by SECOND */

/* Its two last backups, the older one first: whole copies. */
byte kept[REPLICAS];
byte keptLog[2 * REPLICAS];
byte keptBytes[2 * REPLICAS];
byte keptCovered[4 * REPLICAS];
#ifdef KEPT_IN_DATABASE     /* the list of kept backups stands in the database and is restored with it */
byte listed[REPLICAS];
byte keptListed[2 * REPLICAS];
#endif
byte losses;

#ifdef SHORTEST             /* for a search in breadth, which finds the shortest way to an error */
byte i, k, live, gone, sum, all;
#define done i = 0; k = 0; live = 0; gone = 0; sum = 0; all = 0
#else
hidden byte i, k, live, gone, sum, all;
#define done skip           /* the last statement of a step may not be a loop */
#endif

#ifdef OLDER
#define UNREADABLE(r) (later * ((r) == SECOND))
#else
#define UNREADABLE(r) 0
#endif
#ifdef FORGET_STATED
#define REMEMBERED(x) 0
#else
#define REMEMBERED(x) (x)
#endif
#ifdef STRIP_NAMES          /* wrong: what is stripped names nothing any more */
#define NAMING(bytesHeld) (bytesHeld)
#else
#define NAMING(bytesHeld) EVERYTHING
#endif

/* The live writes of a log: admissible values that no admissible value names. */
inline findLive(logged, bytesHeld, unreadable) {
    gone = 0;
    live = logged & ~deletions & ~inert & ~(unreadable);
    for (i : 0 .. WRITES - 1) {
        if
        :: live & NAMING(bytesHeld) & BIT(i) -> gone = gone | named[i]
        :: else
        fi
    }
    live = live & ~gone
}

/* In every state: if links are mended now and nobody writes, everybody comes to hold the union of the
 * logs. Then the bytes of each live write must be there to be fetched. And what is deleted, with no write
 * after or beside the deletion, is hidden wherever the deletion is held. */
inline check() {
    all = LOGS;
    findLive(all, BYTES, 0);
    assert((live & ~BYTES) == 0);
#ifdef OLDER
    /* Headquarters gets bytes with what it lacks and fetches those of what is live there; no others. */
    sum = bytes[SECOND] | bytes[HQ] | (bytes[OFFICE] & (live | ~log[HQ]));
    findLive(all, BYTES, UNREADABLE(SECOND));
    assert((live & ~sum) == 0);
#endif
#ifdef DELETIONS
    for (k : 0 .. REPLICAS - 1) {
        findLive(log[k], bytes[k], UNREADABLE(k));
        for (i : 0 .. WRITES - 1) {
            if
            :: (log[k] & deletions & BIT(i)) && !(log[k] & ~deletions & ~past[i]) ->
                assert((live & ~named[i]) == 0)
            :: else
            fi
        }
    }
#endif
}

/* Of writes that neither a replica nor a backup holds nothing is remembered. */
inline forgetLost() {
    all = LOGS;
    for (k : 0 .. 2 * REPLICAS - 1) { all = all | keptLog[k] }
    for (i : 0 .. WRITES - 1) {
        if
        :: !(all & BIT(i)) -> past[i] = 0; named[i] = 0
        :: else
        fi
    }
    deletions = deletions & all;
#ifdef KEPT_IN_DATABASE
    for (k : 0 .. REPLICAS - 1) {
        listed[k] = listed[k] & all;
        keptListed[2 * k] = keptListed[2 * k] & all;
        keptListed[2 * k + 1] = keptListed[2 * k + 1] & all
    }
#endif
    inert = inert & all;
    later = later & all;
    for (k : 0 .. 2 * REPLICAS - 1) {
        covered[k] = covered[k] & all;
        keptCovered[2 * k] = keptCovered[2 * k] & all;
        keptCovered[2 * k + 1] = keptCovered[2 * k + 1] & all
    }
}

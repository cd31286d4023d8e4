/* Forgetting: dropping the bytes of superseded values (design.md §4, Protocol/exchange.md `backed_up`).
 *
 * One field of one record, and its deletion. Every group is one write. Headers, names and places stay for
 * ever, only bytes go. Two or three replicas: an office node, headquarters, and with SECOND_NODE a further
 * node of the office. Offices talk to headquarters only, so headquarters relays. How groups travel is the
 * matter of restore.pml; here any group whose past is held may pass at any moment, which is a page cut
 * after any group, and a repeat changes nothing.
 *
 * Backups and restores are without number. Bounded are the writes (WRITES) and the replicas that are lost
 * with all their backups (LOSSES). SIBLINGS, DELETIONS, DROPS, ROLES, OLDER add kinds of writes and
 * events. `run` names the limits that are run, and the switches that must make SPIN find an error.
 */
#ifndef WRITES
#define WRITES 3
#endif
#ifndef LOSSES
#define LOSSES 0
#endif
#include "replicas.pml"

/* Local saves. */
#define VALUE 0             /* names the live writes its author was shown */
#define SIBLING 1           /* names nothing: the form was opened before */
#define FORBIDDEN 2         /* names like VALUE, by a role that may not write the field */
#define LATER 3             /* names like VALUE, in a group that older programs cannot read */
#define DELETION 4          /* lists the live writes */

inline write(r, kind) {
    findLive(log[r], bytes[r], UNREADABLE(r));
#ifdef LIST_SHOWN           /* wrong: a deletion lists only what its author could read */
    named[writes] = (kind == SIBLING -> 0 : (kind == DELETION -> live & bytes[r] : live));
#else
    named[writes] = (kind == SIBLING -> 0 : live);
#endif
    past[writes] = log[r];
    if
    :: kind == FORBIDDEN -> inert = inert | BIT(writes)
    :: kind == LATER -> later = later | BIT(writes)
    :: kind == DELETION -> deletions = deletions | BIT(writes)
    :: else
    fi;
    printf("replica %d saves write %d of kind %d, naming %d\n", r, writes, kind, named[writes]);
    log[r] = log[r] | BIT(writes);
    bytes[r] = bytes[r] | BIT(writes);
    writes++;
    check()
}

/* A group goes over, with its bytes if the sender has them. */
inline pass(from, to, g) {
    printf("replica %d sends write %d to %d, with its bytes: %d\n", from, g, to, (bytes[from] & BIT(g)) != 0);
    log[to] = log[to] | BIT(g);
    bytes[to] = bytes[to] | (bytes[from] & BIT(g));
    check()
}

/* `want`: bytes missing of a live write are asked for again and filled in. */
inline refetch(from, to) {
    findLive(log[to], bytes[to], UNREADABLE(to));
    printf("replica %d fetches bytes again from %d\n", to, from);
    bytes[to] = bytes[to] | (live & bytes[from])
}

/* What `backed_up` states: the groups that the present log and every kept backup hold, in `sum`. */
#define EACH_KEPT(r, op) (kept[r] == 1 -> keptLog[2 * (r)] : keptLog[2 * (r)] op keptLog[2 * (r) + 1])
inline cover(r) {
#if defined(STATE_RECEIPT)          /* wrong: what is held, backed up or not */
    sum = log[r];
#elif defined(STATE_GREATEST)       /* wrong: what some backup covers */
    sum = (kept[r] == 0 -> 0 : EACH_KEPT(r, |) & log[r]);
#elif defined(STATE_OLDEST)         /* wrong: the oldest backup is the least only until a restore */
    sum = (kept[r] == 0 -> 0 : keptLog[2 * (r)]);
#elif defined(STATE_KEPT)           /* wrong with DROPS: leaves out the present log */
    sum = (kept[r] == 0 -> 0 : EACH_KEPT(r, &));
#elif defined(KEPT_IN_DATABASE)
    sum = listed[r] & log[r];
#else
    sum = (kept[r] == 0 -> 0 : EACH_KEPT(r, &) & log[r]);
#endif
}

inline state(from, place) {
    cover(from);
    printf("replica %d states that its backups cover %d\n", from, sum);
    covered[place] = sum
}

#ifdef KEPT_IN_DATABASE
#define SAME_LIST(r) (keptListed[2 * r] == keptListed[2 * r + 1])
#define LIST(r) listed[r] = (kept[r] == 0 -> 0 : EACH_KEPT(r, &));
#define COPY_LIST(to, from) keptListed[to] = keptListed[from];
#define KEEP_LIST(place, r) keptListed[place] = listed[r];
#define RESTORE_LIST(r, place) listed[r] = keptListed[place];
#define CLEAR_LIST(r) listed[r] = 0;
#else
#define SAME_LIST(r) 1
#define LIST(r)
#define COPY_LIST(to, from)
#define KEEP_LIST(place, r)
#define RESTORE_LIST(r, place)
#define CLEAR_LIST(r)
#endif

inline copyKept(to, from) {
    COPY_LIST(to, from)
    keptLog[to] = keptLog[from];
    keptBytes[to] = keptBytes[from];
    keptCovered[2 * (to)] = keptCovered[2 * (from)];
    keptCovered[2 * (to) + 1] = keptCovered[2 * (from) + 1]
}

inline clearKept(place) {
    keptLog[place] = 0;
    keptBytes[place] = 0;
    keptCovered[2 * (place)] = 0;
    keptCovered[2 * (place) + 1] = 0
}

/* Two equal backups are as good as one. */
inline backUp(r) {
    if
    :: kept[r] == 2 -> copyKept(2 * r, 2 * r + 1)
    :: else -> kept[r]++
    fi;
    printf("replica %d is backed up\n", r);
    k = 2 * r + kept[r] - 1;
    KEEP_LIST(k, r)
    keptLog[k] = log[r];
    keptBytes[k] = bytes[r];
    keptCovered[2 * k] = REMEMBERED(covered[2 * r]);
    keptCovered[2 * k + 1] = REMEMBERED(covered[2 * r + 1]);
    if
    :: kept[r] == 2 && keptLog[2 * r] == log[r] && keptBytes[2 * r] == bytes[r] &&
        keptCovered[4 * r] == REMEMBERED(covered[2 * r]) && keptCovered[4 * r + 1] == REMEMBERED(covered[2 * r + 1]) && SAME_LIST(r) ->
        clearKept(2 * r + 1);
        kept[r] = 1
    :: else
    fi;
    LIST(r)
    forgetLost()
}

inline dropOlder(r) {
    printf("replica %d gives up its oldest backup\n", r);
    copyKept(2 * r, 2 * r + 1);
    clearKept(2 * r + 1);
    kept[r]--;
    LIST(r)
    forgetLost()
}

inline dropNewer(r) {
    printf("replica %d gives up its newest backup\n", r);
    clearKept(2 * r + 1);
    kept[r]--;
    LIST(r)
    forgetLost()
}

inline restore(r, place) {
    printf("replica %d is restored from backup %d of %d\n", r, place + 1, kept[r]);
    RESTORE_LIST(r, 2 * r + place)
    log[r] = keptLog[2 * r + place];
    bytes[r] = keptBytes[2 * r + place];
    covered[2 * r] = REMEMBERED(keptCovered[4 * r + 2 * place]);
    covered[2 * r + 1] = REMEMBERED(keptCovered[4 * r + 2 * place + 1]);
    forgetLost();
    check()
}

/* The disk and all backups burn. An empty replica takes the place and bootstraps. */
inline lose(r) {
    log[r] = 0;
    bytes[r] = 0;
    covered[2 * r] = 0;
    covered[2 * r + 1] = 0;
    clearKept(2 * r);
    clearKept(2 * r + 1);
    kept[r] = 0;
    CLEAR_LIST(r)
    printf("replica %d and all its backups are lost\n", r);
    losses++;
    forgetLost();
    check()
}

/* The rule: the bytes of a write may go when an admissible write that every program understands names it,
 * is covered by the backups of a peer, and by one's own. `sum` is one's own cover. */
#define PEERS(r) (covered[2 * (r)] | covered[2 * (r) + 1])
#if defined(PEER_ONLY)              /* design.md as it stands: wrong with LOSSES */
#define ENOUGH(r) PEERS(r)
#else
#define ENOUGH(r) (PEERS(r) & sum)
#endif
#ifdef SUPERSEDED_COVERED           /* the other reading of "below": the superseded write is covered */
#define BY(r) EVERYTHING
#define OF(r) ENOUGH(r)
#else
#define BY(r) ENOUGH(r)
#define OF(r) EVERYTHING
#endif
#ifdef STRIP_BY_INERT               /* wrong: a name counts, admissible or not */
#define ADMISSIBLE (~deletions & ~later)
#elif defined(STRIP_BY_LATER)       /* wrong with OLDER */
#define ADMISSIBLE (~deletions & ~inert)
#else
#define ADMISSIBLE (~deletions & ~inert & ~later)
#endif

/* All that may go goes, which is the worst case. */
inline strip(r) {
    cover(r);
    gone = 0;
    for (i : 0 .. WRITES - 1) {
        if
        :: log[r] & ADMISSIBLE & BY(r) & BIT(i) -> gone = gone | named[i]
        :: else
        fi
    }
    gone = gone & OF(r);
#ifdef STRIP_LIVE                   /* wrong: all below the clock */
    gone = ENOUGH(r);
#endif
    printf("replica %d strips %d\n", r, bytes[r] & gone);
    bytes[r] = bytes[r] & ~gone;
#ifdef REACH_FORGOTTEN              /* must be found: every replica has forgotten the first value */
    assert(!(LOGS & BIT(0)) || (BYTES & BIT(0)));
#endif
    check()
}

#ifdef SIBLINGS
#define WRITE_SIBLING(r) :: d_step { writes < WRITES && log[r] -> write(r, SIBLING); done }
#else
#define WRITE_SIBLING(r)
#endif
#ifdef DELETIONS
#define WRITE_DELETION(r) :: d_step { writes < WRITES && log[r] -> write(r, DELETION); done }
#else
#define WRITE_DELETION(r)
#endif
#ifdef DROPS
#define DROP(r) :: d_step { kept[r] > 0 -> dropOlder(r); done } :: d_step { kept[r] > 1 -> dropNewer(r); done }
#else
#define DROP(r)
#endif
#define EVENTS(r) \
    :: d_step { writes < WRITES -> write(r, VALUE); done } WRITE_SIBLING(r) WRITE_DELETION(r) \
    :: d_step { 1 -> backUp(r); done } DROP(r) \
    :: d_step { kept[r] > 0 -> restore(r, 0); done } \
    :: d_step { kept[r] > 1 -> restore(r, 1); done } \
    :: d_step { losses < LOSSES && log[r] -> lose(r); done } \
    :: d_step { bytes[r] -> strip(r); done }
#define PASS(a, b, g) :: d_step { (log[a] & ~log[b] & BIT(g)) && !(past[g] & ~log[b]) -> pass(a, b, g); done }
#if WRITES > 3
#define PASS_ANY(a, b) PASS(a, b, 0) PASS(a, b, 1) PASS(a, b, 2) PASS(a, b, 3)
#elif WRITES > 2
#define PASS_ANY(a, b) PASS(a, b, 0) PASS(a, b, 1) PASS(a, b, 2)
#else
#define PASS_ANY(a, b) PASS(a, b, 0) PASS(a, b, 1)
#endif
/* From a to b; what a states of its backups b keeps at `place`. */
#define LINK(a, b, place) PASS_ANY(a, b) \
    :: d_step { (log[b] & ~bytes[b] & bytes[a]) -> refetch(a, b); done } \
    :: d_step { 1 -> state(a, place); done }

active proctype world() {
end:
    do
    EVENTS(OFFICE)
    EVENTS(HQ)
    LINK(OFFICE, HQ, 2)
    LINK(HQ, OFFICE, 0)
#ifdef SECOND_NODE
#ifdef SECOND_WITHOUT_BACKUPS
    :: d_step { writes < WRITES -> write(SECOND, VALUE); done } WRITE_SIBLING(SECOND) WRITE_DELETION(SECOND)
    :: d_step { losses < LOSSES && log[SECOND] -> lose(SECOND); done }
    :: d_step { bytes[SECOND] -> strip(SECOND); done }
#else
    EVENTS(SECOND)
#endif
    LINK(SECOND, HQ, 3)
    LINK(HQ, SECOND, 4)
#endif
#ifdef ROLES
    :: d_step { writes < WRITES && log[HQ] -> write(HQ, FORBIDDEN); done }
#endif
#ifdef OLDER
    :: d_step { writes < WRITES && log[OFFICE] -> write(OFFICE, LATER); done }
#endif
    od
}

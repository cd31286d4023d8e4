/* Restore and clone with tips (design.md §4, Protocol/clock.md, Protocol/exchange.md).
 *
 * One space, headquarters and an office node, with -DCLONES=1 a copy of the office node. A group is known
 * by its hash, here a number in the order of making; a stream is a tree by predecessor; a replica is the
 * set of groups it holds, and its clock the tips of that set. Saves, exchanges in pages with lost answers
 * and repeated requests, backups, restores and a clone come in any order. In every state the links may be
 * mended for good: then a few exchanges must bring all replicas to the same set, and two rounds of
 * further saves must settle too.
 *
 * `run` names the limits that are run, and the switches that must make SPIN find an error.
 */
#ifndef WRITES
#define WRITES 3            /* saves before the links are mended */
#endif
#ifndef OFFICE_BACKUPS
#define OFFICE_BACKUPS 1
#endif
#ifndef OFFICE_RESTORES
#define OFFICE_RESTORES 1   /* of any of them */
#endif
#ifndef HQ_RESTORES
#define HQ_RESTORES 0       /* of its one backup */
#endif
#ifndef CLONES
#define CLONES 0            /* 0 or 1 */
#endif
#ifndef HISTORY
#define HISTORY 1           /* groups the office had written and delivered before */
#endif
#include "clock.pml"
#include "exchange.pml"

#ifdef LATE_REPEATS
/* A captured request arrives long after. The answer goes nowhere. */
inline repeatLate(r) {
    printf("an old request of replica %d arrives once more\n", r);
    remembered = formerTips[r];
    renew(formerToken[r])
}
#define LATE(r) :: d_step { has(former, r) -> repeatLate(r); done }
#else
#define LATE(r)
#endif

/* The exchange fails, or its node is stopped. The request may still arrive. */
inline endExchange(r) {
    waits = waits & ~BIT(r);
    going = going & ~BIT(r);
    theirPast[r] = 0;
    points[r] = 0
}

inline keep(r, place, hint) {
    printf("replica %d is backed up\n", r);
    keptLog[place] = log[r];
    keptReceipt[place] = hint;
    keptOwn[place] = own[r];
    keptCount[place] = count[r];
    keptLife[place] = life[r]
}

/* The guard file beside the database names the incarnation and the last group of one's own. If it was
 * copied with the database it tells nothing; left as it was, or lost, it does. */
#define GUARD_STAYS 0
#define GUARD_COPIED 1
#define GUARD_LOST 2

inline restore(r, place, guard) {
    excused = excused | BIT(r);
    k = 0;
    for (g : 0 .. GROUPS - 1) {
        if
        :: has(log[r], g) && isOfMyKey(r, streamOf[g]) -> k = !has(keptLog[place], g)
        :: else
        fi
    }
    k = (k || own[r] != keptOwn[place] || life[r] != keptLife[place]);
    printf("replica %d is restored from backup %d, guard file %d\n", r, place, guard);
    log[r] = keptLog[place];
    own[r] = keptOwn[place];
    count[r] = keptCount[place];
    life[r] = keptLife[place];
    if
    :: guard == GUARD_LOST || (guard == GUARD_STAYS && k) -> beginLife(r)
    :: else -> blind = blind | BIT(r)
    fi
}

inline restoreOffice(place, guard) {
    restore(OFFICE, place, guard);
    receipt[OFFICE] = keptReceipt[place];
    token[OFFICE] = UNKNOWN;
    endExchange(OFFICE);
    officeRestores++
}

inline restoreHQ(guard) {
    restore(HQ, HQ_BACKUP, guard);
    remembered = keptReceipt[HQ_BACKUP];
    for (k : OFFICE .. REPLICAS - 1) {
        token[k] = UNKNOWN;
        sentToken[k] = UNKNOWN;
#ifdef LATE_REPEATS
        formerToken[k] = UNKNOWN
#endif
    }
    hqRestores++
}

inline copyOffice(guard) {
    printf("the office node is cloned, guard file %d\n", guard);
    log[CLONE] = log[OFFICE];
    own[CLONE] = own[OFFICE];
    count[CLONE] = count[OFFICE];
    life[CLONE] = life[OFFICE];
    receipt[CLONE] = receipt[OFFICE];
    token[CLONE] = token[OFFICE];
    present = present | BIT(CLONE);
    excused = excused | BIT(OFFICE) | BIT(CLONE);
    if
    :: guard == GUARD_LOST -> beginLife(CLONE)
    :: else -> blind = blind | BIT(OFFICE) | BIT(CLONE)
    fi
}

/* One exchange with nothing lost, which ends when both hold the same or a round changed nothing. */
#ifndef SESSIONS
#define SESSIONS 2          /* exchanges of each office node that must do */
#endif
#ifndef SHORT_PAGES
#define SHORT_PAGES 1       /* 1: a group a page; 0: all in one page */
#endif
hidden short log0, log1, receipt0, past0, points0;
inline settle(r) {
    endExchange(r);
    do
    ::  log0 = log[HQ]; log1 = log[r]; receipt0 = receipt[r]; past0 = theirPast[r]; points0 = points[r];
        request(r, SHORT_PAGES);
        serve(r, SHORT_PAGES);
        receive(r);
        if
        :: isEqual || (log0 == log[HQ] && log1 == log[r] && receipt0 == receipt[r] && past0 == theirPast[r] && points0 == points[r]) ->
            break
        :: else
        fi
    od
}
#if CLONES
#define EACH_OFFICE(action) action(OFFICE); if :: has(present, CLONE) -> action(CLONE) :: else fi
#define LOG_OF_CLONE log[CLONE]
#else
#define EACH_OFFICE(action) action(OFFICE)
#define LOG_OF_CLONE 0
#endif

/* The links are mended for good: all replicas come to hold all that any of them held. Then each saves
 * once more, which finds out the last copies, and once again, and by then nobody begins a new life. */
inline heal() {
    printf("the links are mended for good\n");
    for (phase : 1 .. 3) {
        if
        :: phase == 3 -> settled = ~((BIT(groups) - 1) & ~all)
        :: else -> settled = 0
        fi;
        if
        :: phase > 1 ->
            save(HQ);
            EACH_OFFICE(save)
        :: else
        fi;
        if
        :: phase == 3 -> excused = 0
        :: else
        fi;
        all = log[HQ] | log[OFFICE] | LOG_OF_CLONE;
        for (session : 1 .. SESSIONS) {
            EACH_OFFICE(settle)
        }
        assert(log[HQ] == all);
        assert(log[OFFICE] == all);
        assert(LOG_OF_CLONE == 0 || LOG_OF_CLONE == all);
        findTips(all);
        for (g : 1 .. STREAMS - 1) {
            gap = tips & inStream[g];
            if
            :: gap & (gap - 1) & ((gap & (gap - 1)) - 1) -> reached(THREE_BRANCHES)
            :: else
            fi
        }
    }
    settled = 0
}

/* All healed states are made one. */
inline clear() {
    for (g : 0 .. GROUPS - 1) {
        streamOf[g] = 0; parentOf[g] = 0; past[g] = 0; landmarks[g] = 0; seqOf[g] = 0; number[g] = 0
    }
    for (g : 0 .. STREAMS - 1) {
        inStream[g] = 0
    }
    for (g : 0 .. REPLICAS - 1) {
        log[g] = 0; own[g] = 0; count[g] = 0; life[g] = 0; receipt[g] = 0; theirPast[g] = 0; points[g] = 0;
        token[g] = 0; sentTips[g] = 0; sentPage[g] = 0; sentPast[g] = 0; sentToken[g] = 0;
#ifdef LATE_REPEATS
        formerTips[g] = 0; formerToken[g] = 0; former = 0
#endif
    }
    for (g : 0 .. OFFICE_BACKUPS) {
        keptLog[g] = 0; keptReceipt[g] = 0; keptOwn[g] = 0; keptCount[g] = 0; keptLife[g] = 0
    }
    groups = 0; streams = 0; byHQ = 0; lives = 0; present = 0; waits = 0; going = 0; sent = 0; withParts = 0;
    remembered = 0; backups = 0; hqBackups = 0; officeRestores = 0; hqRestores = 0; excused = 0; blind = 0
}

/* An office that was founded and has joined. With a longer HISTORY its first backup is from long ago. */
inline found() {
    for (round : 1 .. HISTORY) {
        save(OFFICE);
        receipt[OFFICE] = BIT(groups - 1);
#if HISTORY > 1
        if
        :: groups == 2 -> keep(OFFICE, 0, receipt[OFFICE]); backups = 1
        :: else
        fi
#endif
    }
    log[HQ] = log[OFFICE];
    remembered = receipt[OFFICE];
    token[OFFICE] = PENDING;
    present = BIT(HQ) | BIT(OFFICE)
}

#define done skip           /* the last statement of a step may not be a loop */
#define MORE (groups < HISTORY + WRITES)
#define NODE(r) \
    :: d_step { has(present, r) && MORE -> save(r); done } \
    :: d_step { has(present, r) && !has(waits, r) -> request(r, 0); done } \
    :: d_step { has(present, r) && !has(waits, r) -> request(r, 1); done } \
    :: d_step { has(waits, r) -> serve(r, 0); receive(r); done } \
    :: d_step { has(waits, r) -> serve(r, 1); receive(r); done } \
    :: d_step { has(sent, r) -> serve(r, 0); done } \
    :: d_step { has(waits, r) -> endExchange(r); done } \
    LATE(r)
#define RESTORE(place, guard) \
    :: d_step { place < backups && officeRestores < OFFICE_RESTORES -> restoreOffice(place, guard); done }
#define RESTORE_HQ(guard) \
    :: d_step { hqBackups && hqRestores < HQ_RESTORES -> restoreHQ(guard); done }

active proctype world() {
    d_step { found(); done };
    do
    NODE(OFFICE)
    :: d_step { MORE -> save(HQ); done }
#if OFFICE_BACKUPS
    :: d_step { backups < OFFICE_BACKUPS -> keep(OFFICE, backups, receipt[OFFICE]); backups++; done }
    RESTORE(0, GUARD_STAYS) RESTORE(0, GUARD_COPIED) RESTORE(0, GUARD_LOST)
#endif
#if OFFICE_BACKUPS > 1
    RESTORE(1, GUARD_STAYS) RESTORE(1, GUARD_COPIED) RESTORE(1, GUARD_LOST)
#endif
#if HQ_RESTORES
    :: d_step { hqBackups == 0 -> keep(HQ, HQ_BACKUP, remembered); hqBackups = 1; done }
    RESTORE_HQ(GUARD_STAYS) RESTORE_HQ(GUARD_COPIED) RESTORE_HQ(GUARD_LOST)
#endif
#if CLONES
    NODE(CLONE)
    :: d_step { !has(present, CLONE) -> copyOffice(GUARD_COPIED); done }
    :: d_step { !has(present, CLONE) -> copyOffice(GUARD_LOST); done }
#endif
    :: d_step { !waits && !going && present -> heal(); clear(); done } -> break
    od
}

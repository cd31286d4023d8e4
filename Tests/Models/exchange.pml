/* Saving and exchanging for restore.pml (Protocol/merge.md §4, Protocol/exchange.md §4). */
/* A new incarnation: the next group begins a stream that continues all that is held of the old ones. */
inline beginLife(r) {
    printf("    replica %d begins a new life\n", r);
    assert(has(excused, r));
    own[r] = 0;
    count[r] = 0;
#ifdef LIFE_APART
    lives++;
    life[r] = lives;
#endif
    blind = blind & ~BIT(r)
}

#define isOfMyKey(r, stream) ((r == HQ) == (has(byHQ, stream) != 0))

#ifdef TAKE_BY_SEQ          /* wrong: a group at a place that is taken is passed over */
#define AT(r, x) (has(log[r], x) && x != g && streamOf[x] == streamOf[g] && seqOf[x] == seqOf[g])
#define TAKEN(r) (AT(r, 0) || AT(r, 1) || AT(r, 2) || AT(r, 3) || AT(r, 4))
#else
#define TAKEN(r) 0
#endif

/* merge.md §4: logs a page of groups in its order, as far as their past is held. Leaves in `again` the
 * points for `past`. Whoever gets what another copy of it wrote begins a new life. */
inline take(r, incoming) {
    fresh = 0;
    again = 0;
    for (g : 0 .. GROUPS - 1) {
        if
        :: has(incoming, g) && TAKEN(r) -> skip
        :: has(incoming, g) && !TAKEN(r) && has(log[r], g) -> again = (again & ~inStream[streamOf[g]]) | BIT(g)
        :: has(incoming, g) && !TAKEN(r) && !has(log[r], g) ->
            if
            :: past[g] & ~(log[r] | fresh) -> reached(AHEAD); break
            :: else -> fresh = fresh | BIT(g)
            fi
        :: else
        fi
    }
    k = 0;
    for (g : 0 .. GROUPS - 1) {
        if
        :: has(fresh, g) ->
            again = again & ~inStream[streamOf[g]];
            if
            :: own[r] && streamOf[g] == own[r] -> k = 1
            :: !own[r] && isOfMyKey(r, streamOf[g]) && !(inStream[streamOf[g]] & log[r]) -> k = 1
            :: else
            fi
        :: else
        fi
    }
    if
    :: again && !fresh -> reached(NOTHING_NEW)
    :: else
    fi;
    log[r] = log[r] | fresh;
#ifndef DEAF                /* wrong: what comes back of one's own stream is not looked at */
    if
    :: k -> reached(NEW_LIFE); beginLife(r)
    :: else
    fi
#endif
}

#ifdef LIFE_APART           /* wrong: named before its first group, so that copies can share the name */
#define INCARNATION(r) life[r]
#elif defined(KEEP_NUMBERS) /* wrong: numbers do not tell incarnations apart */
#define INCARNATION(r) 0
#else
#define INCARNATION(r) own[r]
#endif

/* A local save: one group. */
inline save(r) {
    findTips(log[r]);
    tips = tips & inStream[own[r]];
    past[groups] = log[r];
    parentOf[groups] = 0;
    if
    :: own[r] && tips && !(tips & (tips - 1)) -> parentOf[groups] = tips
    :: else ->
        streams++;
        own[r] = streams;
        if
        :: r == HQ -> byHQ = byHQ | BIT(streams)
        :: else
        fi
    fi;
    streamOf[groups] = own[r];
    seqOf[groups] = 1;
    marks = parentOf[groups];
    landmarks[groups] = (marks -> 0 : BIT(groups));
    for (k : 0 .. groups) {
        g = groups - k;
        if
        :: has(marks, g) ->     /* the ancestor at this distance */
            if
            :: seqOf[groups] == 1 || seqOf[groups] == 2 || seqOf[groups] == 4 || parentOf[g] == 0 ->
                landmarks[groups] = landmarks[groups] | BIT(g)
            :: else
            fi;
            seqOf[groups]++;
            marks = parentOf[g]
        :: else
        fi
    }
    inStream[own[r]] = inStream[own[r]] | BIT(groups);
    if
    :: r != HQ ->
        count[r]++;
        number[groups] = 16 * INCARNATION(r) + count[r];
        /* Never a number that stands on something held, and never one of any other life unless it was
         * impossible to know of that. */
        for (g : 0 .. GROUPS - 1) {
            assert(g >= groups || number[g] != number[groups] || (!has(log[r], g) && has(blind, r) && !has(settled, g)))
        }
    :: else
    fi;
    printf("replica %d saves group %d as %d of stream %d\n", r, groups, seqOf[groups], own[r]);
    log[r] = log[r] | BIT(groups);
    groups++
}

/* A page ends anywhere: modelled are the longest and the shortest. */
#define PAGE(isShort) ((isShort) -> gap & (-gap) : gap)
#ifdef OWN_ONLY             /* wrong: only what one wrote oneself is sent */
#define RELAY(r) for (g : 0 .. GROUPS - 1) { if :: !isOfMyKey(r, streamOf[g]) -> gap = gap & ~BIT(g) :: else fi };
#else
#define RELAY(r)
#endif

/* exchange.md §4, Request. */
inline request(r, isShort) {
#ifdef LATE_REPEATS
    if
    :: has(sent, r) && has(withParts, r) ->
        former = former | BIT(r);
        formerTips[r] = sentTips[r];
        formerToken[r] = sentToken[r]
    :: else
    fi;
#endif
    findTips(log[r]);
    sentTips[r] = tips;
    sentToken[r] = token[r];
    sentPage[r] = 0;
    sentPast[r] = 0;
    sent = sent | BIT(r);
    waits = waits | BIT(r);
    if
    :: !has(going, r) && receipt[r] == tips -> withParts = withParts & ~BIT(r)
    :: else ->
        withParts = withParts | BIT(r);
        findGap(log[r], receipt[r], theirPast[r]);
        RELAY(r)
        sentPage[r] = PAGE(isShort);
        again = points[r];
        findMarks(log[r], receipt[r]);
        sentPast[r] = marks
    fi;
    printf("replica %d asks: tips %d, groups %d, past %d\n", r, sentTips[r], sentPage[r], sentPast[r])
}

/* exchange.md §4, `token`: what a request with this token does to the holders of all. */
inline renew(held) {
    isStale = (held == UNKNOWN);
    isNew = (held == PENDING);
    for (k : OFFICE .. REPLICAS - 1) {
        renewOne(token[k]);
        renewOne(sentToken[k]);
#ifdef LATE_REPEATS
        renewOne(formerToken[k])
#endif
    }
}

inline renewOne(held) {
    if
    :: isNew -> held = (held == PENDING -> CURRENT : UNKNOWN)
    :: isStale && held == PENDING -> held = UNKNOWN
    :: else
    fi
}

/* exchange.md §4, Server, Response. */
inline serve(r, isShort) {
    take(HQ, sentPage[r]);
    findTips(log[HQ]);
    answerTips = tips;
    answerPage = 0;
    answerPast = 0;
    isEqual = (tips == sentTips[r]);
    if
    :: isEqual -> remembered = tips
    :: else ->
        if
        :: has(withParts, r) -> remembered = sentTips[r]
        :: else
        fi;
        findMarks(log[HQ], remembered);
        answerPast = marks;
        findGap(log[HQ], remembered, sentPast[r]);
        RELAY(HQ)
        answerPage = PAGE(isShort)
    fi;
    printf("headquarters answers replica %d: tips %d, groups %d, past %d\n", r, answerTips, answerPage, answerPast);
    renew(sentToken[r])
}

/* exchange.md §4, Caller. */
inline receive(r) {
    printf("    the answer arrives\n");
    waits = waits & ~BIT(r);
    token[r] = PENDING;
    take(r, answerPage);
    if
    :: isEqual ->
        receipt[r] = sentTips[r];
        theirPast[r] = 0;
        points[r] = 0;
        going = going & ~BIT(r)
    :: else ->
        receipt[r] = answerTips;
        theirPast[r] = theirPast[r] | answerPast;
        points[r] = points[r] | again;
        going = going | BIT(r)
    fi;
    if
#ifdef STALE_IS_COPY        /* wrong: a late repeat makes an honest token stale */
    :: isStale -> beginLife(r)
#else
    :: isStale && own[r] && (answerTips & inStream[own[r]] & ~log[r]) -> reached(TOLD_STALE); beginLife(r)
#endif
    :: else
    fi
}

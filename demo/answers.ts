// The answers of the demo. They were written beforehand; no model is asked. Picked by the words of the question.

export interface Answer {
  thinking: string
  /** What the tool looks for, and what it says it found. */
  search: string
  found: string
  answer: string
}

interface Topic extends Answer {
  /** The topic with most of these in the question is taken. */
  words: RegExp
}

const TOPICS: readonly Topic[] = [
  {
    words: /\b(tickets?|what is|single.?use|once|why)\b/gi,
    thinking: 'What a ticket is, and why it is used once',
    search: 'ticket, single use',
    found: '3 passages',
    answer:
      'A ticket is 256 random bits that stand for you, for one connection, for a short time. A browser cannot set an Authorization header on a WebSocket, so the page requests the ticket over HTTPS with its JWT and puts the ticket, not the JWT, into the socket’s URL.\n\nThe server reads and deletes it in one step. A ticket that is found in a log later opens no connection: it has been used.',
  },
  {
    // Not the `log` of a log-out, which is another topic.
    words: /\b(url|logs?(?!.?out)|leak\w*|header|proxy|proxies|query|secur\w*|safe)\b/gi,
    thinking: 'Where a credential in a URL ends up',
    search: 'credentials in URLs',
    found: '3 passages',
    answer:
      'URLs are written down: in access logs, in proxies, in the browser’s history, in error reports. A JWT in one of them opens everything until it expires.\n\nSo a JWT never stands in a URL here. A ticket does, but it lives for a minute and dies with its first use, and what logs and this page show is its handle: a hash that names the ticket and opens nothing.',
  },
  {
    words: /\b(reconnect\w*|drop\w*|lost|lose|loses|network|offline|backoff|restart\w*)\b/gi,
    thinking: 'What happens between losing a connection and having it back',
    search: 'reconnect, backoff, jitter',
    found: '4 passages',
    answer:
      'The page waits a random time below a limit that doubles with each failure, so that clients which were cut off together do not come back together. Then it dials again, with a fresh ticket: the one that opened the lost connection is spent.\n\nThe count of failures is forgotten only once a connection has lasted five seconds. A server that accepts and closes at once would otherwise be dialled without any wait. What you ask meanwhile waits in a queue and is sent when the connection is open.',
  },
  {
    words: /\b(fall\w*|chain|revert\w*|jwt|three|fail\w*|503|unavailable)\b/gi,
    thinking: 'The chain of methods, and what counts as a failure',
    search: 'fallback chain, bound of three',
    found: '5 passages',
    answer:
      'When no ticket is available, this one attempt connects with the JWT, in a subprotocol and never in the URL. It counts as a ticket failure only after that JWT connection was accepted: then the backend works and only its tickets do not.\n\nAfter three in a row the page reverts to JWT and asks for no ticket any more, until you say so. During an outage of everything nothing is counted, so an outage does not turn a fleet of pages away from tickets for good.',
  },
  {
    words: /\b(heartbeat|silen\w*|dead|ping|pong|alive|hang\w*|round.?trip|latency)\b/gi,
    thinking: 'How a silently dead connection is noticed',
    search: 'heartbeat, liveness',
    found: '2 passages',
    answer:
      'A connection can die silently, and a browser may not notice for minutes. After five quiet seconds this page asks with a ping; anything that arrives counts as life. If nothing has come three seconds later, the socket is replaced.\n\nYou can watch it: silence the socket, and count to eight. In production the times are longer, 25 and 10 seconds.',
  },
  {
    words: /\b(log.?out|sign.?out|logged|another user|revoke\w*|session|expire\w*|refresh\w*)\b/gi,
    thinking: 'What ends with a session',
    search: 'sign-out, revocation, expiry',
    found: '3 passages',
    answer:
      'A sign-out ends the session at once. When it returns, nothing of the session is used any more: the unused ticket is dropped and revoked on the server, requests are aborted, the socket is closed, the queue is dropped. Late answers are ignored.\n\nWhen a JWT expires, its session ends with 4411. The page asks for a newer JWT once, and reconnects at once.',
  },
  {
    words: /\b(redis|store|storage|servers|scale|cluster|database)\b/gi,
    thinking: 'Where unused tickets are kept',
    search: 'ticket store',
    found: '3 passages',
    answer:
      'In memory for one server, in Redis for several. The key is the ticket’s hash, so a reader of the store still cannot connect. Taking a ticket is one atomic command: of any number of servers that are shown the same ticket at the same moment, exactly one gets it.\n\nStart this demo with REDIS_URL set to see the same page on Redis.',
  },
]

const OTHERWISE: Answer = {
  thinking: 'Whether this is something the demo knows',
  search: 'this question',
  found: 'nothing that fits',
  answer:
    'I am not a model: the answers of this demo were written beforehand, and none of them fits. What is real is the way they reach you: word by word over a WebSocket that was opened with a single-use ticket.\n\nAsk me about tickets, reconnecting, the fallback to JWT, logs and URLs, the heartbeat, logging out, or Redis. Or break something and see whether the answer still comes.',
}

/** The prepared answer that fits best, else one that says what this is. */
export function answerTo(question: string): Answer {
  const score = ({ words }: Topic) => new Set(question.toLowerCase().match(words)).size
  // The first topic is the most general one: it wins only when nothing else fits as well.
  const [general, ...special] = TOPICS
  const best = [...special, ...(general ? [general] : [])].reduce((a, b) => (score(b) > score(a) ? b : a))
  return score(best) > 0 ? best : OTHERWISE
}

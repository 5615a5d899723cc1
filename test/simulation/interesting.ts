/** Of a thousand schedules at least so many must reach this: else a green run would say little. */
export const INTERESTING: Readonly<Record<string, number>> = {
  // the chain
  'open by ticket': 800,
  'an error frame before it was open': 10,
  'open by jwt': 100,
  'a step down': 100,
  'a ticket dial refused': 80,
  reverted: 60,
  'a dial without credential': 60,
  // ends, and ways back
  lost: 400,
  failed: 150,
  'four attempts lost in a row': 120,
  'a breaker wait': 2,
  'asked to wait by HTTP': 40,
  'asked to wait by a close': 30,
  'suspended while offline': 40,
  'a dead link found': 80,
  'a link asked as the tab came back': 30,
  'a session renewed in band': 60,
  'a server left that goes away': 25,
  // messages
  'a queued message sent': 200,
  'dropped: expired': 100,
  'dropped: overflow': 50,
  'dropped: signed_out': 80,
  'dropped: closed': 50,
  // another user in every phase
  'another user while open': 300,
  'another user while connecting': 40,
  'another user while reconnecting': 70,
  'another user while failed': 80,
  'another user while closed': 80,
  'another user while offline': 8,
  'another user while idle': 10,
  // within an event
  'something done within open': 8,
  'something done within lost': 12,
  'something done within dropped': 8,
  'closed and connected within an event': 8,
  // what is healed
  'healed after open': 300,
  'healed after closed': 80,
  'healed after failed': 60,
  'healed after reconnecting': 40,
  'healed after connecting': 12,
  'healed after idle': 10,
}

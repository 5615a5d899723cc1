// What can be broken on the server, by name. The page draws a switch or a button for each.

/** Stays broken until it is switched off. */
export const FAULT_SWITCHES = ['ticket_endpoint_down', 'tickets_refused'] as const
export type FaultSwitch = (typeof FAULT_SWITCHES)[number]

/** Happens once, to whatever is there now. */
export const FAULT_ACTIONS = ['drop_sockets', 'restart', 'silence_sockets', 'expire_tokens'] as const
export type FaultAction = (typeof FAULT_ACTIONS)[number]

export type FaultState = Readonly<Record<FaultSwitch, boolean>>

export type FaultCommand = { switch: FaultSwitch; on: boolean } | { action: FaultAction }

export function isFaultCommand(value: unknown): value is FaultCommand {
  const { switch: name, on, action } = (value ?? {}) as Record<string, unknown>
  if (action !== undefined) return name === undefined && FAULT_ACTIONS.some((known) => known === action)
  return typeof on === 'boolean' && FAULT_SWITCHES.some((known) => known === name)
}

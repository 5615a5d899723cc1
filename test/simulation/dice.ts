// Draws for schedules, from one stream of random numbers.

export interface Dice {
  /** A whole number, both ends included. */
  whole(min: number, max: number): number
  chance(share: number): boolean
  pick<T>(...choices: readonly T[]): T
  weighted<T>(...choices: readonly (readonly [weight: number, value: T])[]): T
}

export function createDice(random: () => number): Dice {
  const whole = (min: number, max: number) => min + Math.floor(random() * (max - min + 1))
  return {
    whole,
    chance: (share) => random() < share,
    pick: (...choices) => choices[whole(0, choices.length - 1)] as (typeof choices)[number],
    weighted(...choices) {
      let left = random() * choices.reduce((sum, [weight]) => sum + weight, 0)
      for (const [weight, value] of choices) {
        left -= weight
        if (left < 0) return value
      }
      return (choices.at(-1) as (typeof choices)[number])[1]
    },
  }
}

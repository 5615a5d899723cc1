// A switch of the toolbar makes another world. Storybook renders the story in it and leaves it at that: what the play
// function had found in the world before would go on standing beside it. So the story is told anew.

import {
  FORCE_REMOUNT,
  GLOBALS_UPDATED,
  STORY_FINISHED,
  STORY_RENDER_PHASE_CHANGED,
} from 'storybook/internal/core-events'
import { addons } from 'storybook/preview-api'

export async function tellAnew(): Promise<void> {
  const channel = await addons.ready()
  let story = ''
  let unfinished = 0
  let isDue = false
  channel.on(GLOBALS_UPDATED, () => {
    isDue = true
  })
  channel.on(STORY_RENDER_PHASE_CHANGED, ({ storyId, newPhase }: { storyId: string; newPhase: string }) => {
    if (storyId !== story) {
      story = storyId
      unfinished = 0
    }
    if (newPhase === 'loading') unfinished++
    if (newPhase === 'aborted') unfinished = Math.max(0, unfinished - 1)
  })
  channel.on(STORY_FINISHED, () => {
    unfinished = Math.max(0, unfinished - 1)
    // Not while it is rendered or told still: taken away in the middle, a story reloads the page.
    if (!isDue || unfinished > 0) return
    isDue = false
    channel.emit(FORCE_REMOUNT, { storyId: story })
  })
}

/** The most models that can be asked side by side. */
export const MAX_MODELS = 4

/**
 * The models to ask, by the names that requests use; the first one's reply is gone on from unless
 * another is chosen. Empty for the deployment's default alone.
 */
export type Choice = readonly string[]

/** Asks one more model, or one less; never none, and not more than may be asked. */
export function toggled(choice: Choice, model: string): Choice {
  if (!choice.includes(model)) return choice.length < MAX_MODELS ? [...choice, model] : choice
  return choice.length > 1 ? choice.filter((other) => other !== model) : choice
}

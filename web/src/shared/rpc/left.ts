const LEFT = 'parley.left'

/** Pages are drawn without a browser, too, when the app is built. */
const storage = () => (typeof localStorage === 'undefined' ? undefined : localStorage)

/**
 * Whether somebody has signed out while Parley could not be told. Their cookie is still in
 * this browser, where no script can remove it; it is to sign nobody in any more.
 */
export const left = {
  remember: () => storage()?.setItem(LEFT, 'yes'),
  forget: () => storage()?.removeItem(LEFT),
  remembered: () => storage()?.getItem(LEFT) === 'yes',
}

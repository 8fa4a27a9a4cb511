import { currentPlace } from './navigation'

/** True when the address asks for the bare picture, for another page's frame: `?embed=1`. */
export function embedded(): boolean {
  return new URLSearchParams(currentPlace().search).get('embed') === '1'
}

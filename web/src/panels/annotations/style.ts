/** The looks of the panel and of what stands in it, under one name. */
import small from '../shell/Small.module.css'
import lists from './lists.module.css'
import panel from './panel.module.css'
import properties from './properties.module.css'

export const style: Readonly<Record<string, string>> = { ...small, ...panel, ...lists, ...properties }

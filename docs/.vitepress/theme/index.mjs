/** The generator's own theme, and what it has no style for. */
import DefaultTheme from 'vitepress/theme';
import './style.css';

export default DefaultTheme;
